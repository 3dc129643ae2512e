package client_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// foreign serves what register adds, over a pipe in memory.
func foreign(t *testing.T, register func(*grpc.Server), opts ...client.Option) *client.Client {
	t.Helper()
	pipe := bufconn.Listen(1 << 16)
	s := grpc.NewServer()
	register(s)
	served := make(chan error, 1)
	go func() { served <- s.Serve(pipe) }()
	t.Cleanup(func() {
		s.Stop()
		require.NoError(t, <-served)
	})
	dialer := grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) })
	return dial(t, "passthrough:pipe", append(opts, client.WithGRPC(dialer))...)
}

// TestAnotherProgram talks to a gRPC server that isn't a node.
func TestAnotherProgram(t *testing.T) {
	c := foreign(t, func(*grpc.Server) {})
	_, err := c.Topic(t.Context(), "orders")
	require.ErrorIs(t, err, metadata.ErrUnsupported)
	_, err = c.CreateTopic(t.Context(), orders, metadata.WithRequestID(metadata.RequestID{1}, 0))
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorIs(t, err, metadata.ErrUnsupported)
}

// garbled answers what can't be read.
type garbled struct {
	metalogv1.UnimplementedMetadataServer
	ids chan string
}

func (g *garbled) CreateTopic(_ context.Context, req *metalogv1.CreateTopicRequest) (*metalogv1.CreateTopicResponse, error) {
	g.ids <- req.GetOptions().GetRequestId()
	return &metalogv1.CreateTopicResponse{Id: "not an id", Written: &metalogv1.Written{Revision: 1}}, nil
}

func (g *garbled) GetTopic(context.Context, *metalogv1.GetTopicRequest) (*metalogv1.GetTopicResponse, error) {
	return &metalogv1.GetTopicResponse{Topic: &metalogv1.Topic{Id: "not an id"}}, nil
}

type idle struct {
	metalogv1.UnimplementedAdminServer
}

func (idle) GetStatus(context.Context, *metalogv1.GetStatusRequest) (*metalogv1.GetStatusResponse, error) {
	return &metalogv1.GetStatusResponse{}, nil
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	g := &garbled{ids: make(chan string, 1)}
	id := metadata.RequestID{0xab}
	c := foreign(t, func(s *grpc.Server) {
		metalogv1.RegisterMetadataServer(s, g)
		metalogv1.RegisterAdminServer(s, idle{})
	}, client.WithIDs(func() metadata.RequestID { return id }))

	_, err := c.CreateTopic(t.Context(), orders)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.Equal(t, id.String(), <-g.ids)
	_, err = c.Topic(t.Context(), "orders")
	require.ErrorContains(t, err, "can't be read")
	require.NotErrorIs(t, err, metadata.ErrNotFound)
}

// interrupted tells half a change, and breaks off; the next time it tells all.
type interrupted struct {
	metalogv1.UnimplementedWatchServer
	asked chan *metalogv1.WatchRequest
}

func (i *interrupted) Watch(req *metalogv1.WatchRequest, stream metalogv1.Watch_WatchServer) error {
	i.asked <- req
	half := func(name string, fragment bool) error {
		return stream.Send(&metalogv1.WatchResponse{
			Kind: metalogv1.WatchKind_WATCH_KIND_CHANGE, Revision: 2, Previous: 1, Fragment: fragment,
			Changes: []*metalogv1.Change{{After: &metalogv1.Record{Record: &metalogv1.Record_Topic{Topic: &metalogv1.Topic{Name: name}}}}},
		})
	}
	if err := errors.Join(
		stream.Send(&metalogv1.WatchResponse{Kind: metalogv1.WatchKind_WATCH_KIND_BOOKMARK, Revision: 1}),
		half("a", true),
	); err != nil || req.FromRevision == nil {
		return status.Error(codes.Unavailable, "gone")
	}
	return half("b", false)
}

func TestHalfAChangeIsNone(t *testing.T) {
	i := &interrupted{asked: make(chan *metalogv1.WatchRequest, 2)}
	c := foreign(t, func(s *grpc.Server) { metalogv1.RegisterWatchServer(s, i) })
	var changes []metadata.WatchMessage
	for m, err := range c.Watch(bounded(t)) {
		require.NoError(t, err)
		if m.Kind == metadata.WatchChange {
			changes = append(changes, m)
			break
		}
	}
	require.Equal(t, []metadata.WatchMessage{{
		Kind: metadata.WatchChange, Revision: 2, Previous: 1, Changes: []metadata.Change{topicNamed("a"), topicNamed("b")},
	}}, changes)
	require.Nil(t, (<-i.asked).FromRevision)
	require.EqualValues(t, 1, (<-i.asked).GetFromRevision())
}
