package server_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

type ctxType = context.Context

var large = grpc.MaxCallRecvMsgSize(convert.MaxResponse)

func TestWriteErrorsSayWhatMayBeBelieved(t *testing.T) {
	id := strings.Repeat("ab", 16)
	for name, row := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"refused":        {&metadata.Error{Code: metadata.CodeTopicAlreadyExists, Revision: 3}, codes.AlreadyExists, "TOPIC_ALREADY_EXISTS"},
		"invalid":        {&metadata.Error{Code: metadata.CodeInvalidTopic}, codes.InvalidArgument, "INVALID_TOPIC_EXCEPTION"},
		"precondition":   {&metadata.Error{Code: metadata.CodeInvalidUpdateVersion}, codes.Aborted, "INVALID_UPDATE_VERSION"},
		"fenced":         {&metadata.Error{Code: metadata.CodeStaleBrokerEpoch}, codes.FailedPrecondition, "STALE_BROKER_EPOCH"},
		"no quorum":      {&sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}, codes.Unavailable, "NO_QUORUM"},
		"overloaded":     {&sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended}, codes.ResourceExhausted, "OVERLOADED"},
		"unknown":        {&sdk.Error{Reason: sdk.ReasonTimeout}, codes.DeadlineExceeded, "OUTCOME_UNKNOWN"},
		"says nothing":   {errors.New("boom"), codes.Unknown, "OUTCOME_UNKNOWN"},
		"closed, unsure": {&sdk.Error{Reason: sdk.ReasonClosed}, codes.Unknown, "OUTCOME_UNKNOWN"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{createTopic: func(_ ctxType, _ metadata.TopicSpec, o metadata.WriteOptions) (metadata.CreatedTopic, error) {
				return metadata.CreatedTopic{Written: metadata.Written{RequestID: o.RequestID, FirstRevision: *o.FirstRevision}}, row.err
			}}
			_, err := serve(t, f, server.Config{}).metadata(t).CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{
				Name: "orders", Options: &metalogv1.WriteOptions{RequestId: id, FirstRevision: new(uint64(5))},
			})
			st := status.Convert(err)
			require.Equal(t, row.code, st.Code(), "%v", err)
			require.Equal(t, row.reason, infoOf(t, st).GetReason())
			if row.reason != convert.ReasonOutcomeUnknown {
				return
			}
			require.ErrorIs(t, convert.Error(st), sdk.ErrOutcomeUnknown)
			gotID, first, ok := convert.Attempt(st)
			require.True(t, ok)
			require.Equal(t, id, gotID.String())
			require.EqualValues(t, 5, first)
		})
	}
}

func TestHalfARequestIDIsRefused(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	for name, o := range map[string]*metalogv1.WriteOptions{
		"no revision": {RequestId: strings.Repeat("ab", 16)},
		"no id":       {FirstRevision: new(uint64)},
		"no hex":      {RequestId: "orders", FirstRevision: new(uint64)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := api.CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{Name: "orders", Options: o})
			require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
		})
	}
}

func TestPanicIsOneCallsTrouble(t *testing.T) {
	var log lines
	f := &fake{
		createTopic: func(ctxType, metadata.TopicSpec, metadata.WriteOptions) (metadata.CreatedTopic, error) {
			panic("at the disco")
		},
		topics: func(ctxType, metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
			return metadata.Read[[]*metadata.Topic]{Revision: 2}, nil
		},
	}
	api := serve(t, f, server.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}).metadata(t)
	_, err := api.CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{Name: "orders"})
	require.Equal(t, codes.Internal, status.Code(err))
	require.NotContains(t, err.Error(), "disco", "details are for the log")
	require.Contains(t, log.String(), "at the disco")
	_, err = api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{})
	require.NoError(t, err)
}

func TestNoCallIsEndless(t *testing.T) {
	f := &fake{topics: func(ctx ctxType, _ metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
		<-ctx.Done()
		return metadata.Read[[]*metadata.Topic]{}, ctx.Err()
	}}
	api := serve(t, f, server.Config{MaxWait: 10 * time.Millisecond}).metadata(t)
	_, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{})
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
}

func TestCompactThatIsNotClaimed(t *testing.T) {
	f := &fake{compact: func(ctxType) error {
		return &sdk.Error{Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended, Message: "no"}
	}}
	_, err := metalogv1.NewAdminClient(serve(t, f, server.Config{}).dial(t)).Compact(t.Context(), &metalogv1.CompactRequest{})
	require.Equal(t, codes.Unimplemented, status.Code(err))
	require.ErrorIs(t, convert.Error(status.Convert(err)), sdk.ErrUnsupported)
}

func infoOf(t *testing.T, st *status.Status) *errdetails.ErrorInfo {
	t.Helper()
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info
		}
	}
	t.Fatalf("no ErrorInfo in %v", st)
	return nil
}

// lines is a log to look into.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
