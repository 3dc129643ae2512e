package server_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

// watch begins one as a program without our client would.
func (r *running) watch(t *testing.T, req *metalogv1.WatchRequest) metalogv1.Watch_WatchClient {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	stream, err := metalogv1.NewWatchClient(r.dial(t)).Watch(ctx, req, large)
	require.NoError(t, err)
	return stream
}

// next is a message that comes within the test's patience.
func next(t *testing.T, stream metalogv1.Watch_WatchClient) *metalogv1.WatchResponse {
	t.Helper()
	m, err := stream.Recv()
	require.NoError(t, err)
	return m
}

func TestWatchTellsChanges(t *testing.T) {
	s := node(t)
	stream := serve(t, s, server.Config{}).watch(t, &metalogv1.WatchRequest{Nouns: []metalogv1.Noun{metalogv1.Noun_NOUN_TOPIC}})
	require.Equal(t, metalogv1.WatchKind_WATCH_KIND_BOOKMARK, next(t, stream).GetKind())
	created, err := s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "orders", Partitions: 1, ReplicationFactor: 1})
	require.NoError(t, err)
	m := next(t, stream)
	require.Equal(t, metalogv1.WatchKind_WATCH_KIND_CHANGE, m.GetKind())
	require.Equal(t, "CreateTopic", m.GetOperation())
	require.Equal(t, created.RequestID.String(), m.GetRequestId())
	require.Equal(t, created.Revision, m.GetRevision())
	require.Len(t, m.GetChanges(), 1, "without the partition")
	require.Nil(t, m.GetChanges()[0].GetBefore())
	require.Equal(t, created.ID.String(), m.GetChanges()[0].GetAfter().GetTopic().GetId())
}

func TestWatchOptionsArrive(t *testing.T) {
	id := metadata.TopicID{9}
	asked := make(chan metadata.WatchOptions, 1)
	f := &fake{watch: func(_ context.Context, o metadata.WatchOptions, yield func(metadata.WatchMessage, error) bool) {
		asked <- o
		yield(metadata.WatchMessage{}, metadata.ErrUnavailable)
	}}
	stream := serve(t, f, server.Config{}).watch(t, &metalogv1.WatchRequest{
		FromRevision: new(uint64), InitialState: true, NamePrefix: "o", TopicId: id.String(),
		Nouns: []metalogv1.Noun{metalogv1.Noun_NOUN_GROUP, metalogv1.Noun_NOUN_CLUSTER},
	})
	_, err := stream.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
	require.Equal(t, metadata.WatchOptions{
		From: new(uint64), InitialState: true, NamePrefix: "o", Topic: id,
		Nouns: []metadata.Noun{metadata.NounGroup, metadata.NounCluster},
	}, <-asked)
}

// TestWatchEndsAsItIsMeant says what a client may believe of the end.
func TestWatchEndsAsItIsMeant(t *testing.T) {
	t.Run("the server leaves", func(t *testing.T) {
		r := serve(t, node(t), server.Config{})
		stream := r.watch(t, &metalogv1.WatchRequest{})
		next(t, stream)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		require.NoError(t, r.Shutdown(ctx), "a watch holds up nobody")
		requireUnavailable(t, stream)
	})
	t.Run("the server leaves before a word", func(t *testing.T) {
		entered := make(chan struct{})
		f := &fake{watch: func(ctx context.Context, _ metadata.WatchOptions, yield func(metadata.WatchMessage, error) bool) {
			close(entered)
			<-ctx.Done()
			yield(metadata.WatchMessage{}, context.Cause(ctx))
		}}
		r := serve(t, f, server.Config{})
		stream := r.watch(t, &metalogv1.WatchRequest{})
		<-entered
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		require.NoError(t, r.Shutdown(ctx))
		requireUnavailable(t, stream)
	})
	t.Run("the node is closed", func(t *testing.T) {
		s := node(t)
		stream := serve(t, s, server.Config{}).watch(t, &metalogv1.WatchRequest{})
		next(t, stream)
		require.NoError(t, s.Close())
		requireUnavailable(t, stream)
	})
	t.Run("a topic id that is none", func(t *testing.T) {
		_, err := serve(t, &fake{}, server.Config{}).watch(t, &metalogv1.WatchRequest{TopicId: "orders"}).Recv()
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
		require.ErrorIs(t, convert.Error(status.Convert(err)), metadata.ErrInvalid)
	})
	t.Run("a watch that says nothing of it", func(t *testing.T) {
		f := &fake{watch: func(context.Context, metadata.WatchOptions, func(metadata.WatchMessage, error) bool) {}}
		_, err := serve(t, f, server.Config{}).watch(t, &metalogv1.WatchRequest{}).Recv()
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
	})
}

func requireUnavailable(t *testing.T, stream metalogv1.Watch_WatchClient) {
	t.Helper()
	_, err := stream.Recv()
	st := status.Convert(err)
	require.Equal(t, codes.Unavailable, st.Code(), "%v", err)
	require.Equal(t, convert.ReasonUnavailable, infoOf(t, st).GetReason())
	require.ErrorIs(t, convert.Error(st), metadata.ErrUnavailable)
}

// largeMessage has changes of several sizes, all together too large for one
// part.
func largeMessage() metadata.WatchMessage {
	m := metadata.WatchMessage{
		Kind: metadata.WatchChange, Revision: 9, Previous: 7, TimeMS: 5, Operation: "Batch", RequestID: metadata.RequestID{3},
	}
	for i, size := range []int{1, server.MaxFragment - 1, 1, server.MaxFragment + 1, server.MaxFragment / 2, server.MaxFragment / 3, 1} {
		topic := &metadata.Topic{
			ID: metadata.TopicID{byte(i + 1)}, Name: "t", Configs: metadata.Configs{{Key: "x.blob", Value: strings.Repeat("x", size)}},
		}
		c := metadata.Change{After: topic}
		if i%2 == 1 {
			c = metadata.Change{Before: topic}
		}
		m.Changes = append(m.Changes, c)
	}
	return m
}

// TestLargeChangesAreCut: each part fits, says whether another follows, and is
// otherwise like the whole, which our client puts together.
func TestLargeChangesAreCut(t *testing.T) {
	messages := []metadata.WatchMessage{{Kind: metadata.WatchBookmark, Revision: 7}, largeMessage(), {Kind: metadata.WatchBookmark, Revision: 9}}
	f := &fake{watch: func(_ context.Context, _ metadata.WatchOptions, yield func(metadata.WatchMessage, error) bool) {
		for _, m := range messages {
			if !yield(m, nil) {
				return
			}
		}
		yield(metadata.WatchMessage{}, errors.New("that was all"))
	}}
	r := serve(t, f, server.Config{})
	t.Run("on the wire", func(t *testing.T) {
		stream := r.watch(t, &metalogv1.WatchRequest{})
		require.False(t, next(t, stream).GetFragment())
		whole := convert.WatchResponse(messages[1])
		joined := proto.CloneOf(whole)
		joined.Changes = nil
		parts := 0
		for more := true; more; parts++ {
			p := next(t, stream)
			require.Less(t, proto.Size(p), convert.MaxResponse/2)
			require.NotEmpty(t, p.GetChanges())
			joined.Changes = append(joined.Changes, p.GetChanges()...)
			more = p.GetFragment()
			p.Changes, p.Fragment = nil, false
			head := proto.CloneOf(whole)
			head.Changes = nil
			require.True(t, proto.Equal(head, p))
		}
		require.True(t, proto.Equal(whole, joined))
		require.Greater(t, parts, 2)
		require.Equal(t, metalogv1.WatchKind_WATCH_KIND_BOOKMARK, next(t, stream).GetKind())
	})
	t.Run("at the client", func(t *testing.T) {
		c, err := client.Dial(r.grpc)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		var got []metadata.WatchMessage
		for m, err := range c.Watch(t.Context()) {
			if err != nil {
				require.ErrorContains(t, err, "that was all")
				continue
			}
			got = append(got, m)
		}
		require.Empty(t, cmp.Diff(messages, got))
	})
}
