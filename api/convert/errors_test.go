package convert_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// sentinels are all that a caller may ask an error for.
var sentinels = []error{
	metadata.ErrNotFound, metadata.ErrAlreadyExists, metadata.ErrInvalid, metadata.ErrConflict,
	metadata.ErrFenced, metadata.ErrTooLarge, metadata.ErrUnsupported, metadata.ErrUnavailable, metadata.ErrSealed,
	sdk.ErrOutcomeUnknown, sdk.ErrNotAppended, sdk.ErrNoQuorum, sdk.ErrOverloaded, sdk.ErrTooLarge,
	sdk.ErrUnsupported, sdk.ErrTimeout, sdk.ErrInternal, sdk.ErrClosed, sdk.ErrConflict,
	sdk.ErrInvalidConfig, sdk.ErrWrongData, sdk.ErrCorrupt, sdk.ErrIncompatible, sdk.ErrDiverged,
	context.Canceled, context.DeadlineExceeded,
}

var allCodes = []metadata.Code{
	metadata.CodeUnknownServerError, metadata.CodeUnknownTopicOrPartition, metadata.CodeRequestTimedOut,
	metadata.CodeMessageTooLarge, metadata.CodeInvalidTopic, metadata.CodeUnsupportedVersion,
	metadata.CodeTopicAlreadyExists, metadata.CodeInvalidPartitions, metadata.CodeInvalidReplicationFactor,
	metadata.CodeInvalidReplicaAssignment, metadata.CodeInvalidConfig, metadata.CodeInvalidRequest,
	metadata.CodeStaleBrokerEpoch, metadata.CodeInvalidUpdateVersion, metadata.CodeUnknownTopicID,
	metadata.CodeDuplicateBrokerRegistration, metadata.CodeBrokerIDNotRegistered,
}

var attempt = metadata.Written{RequestID: metadata.RequestID{0xab}, FirstRevision: 41}

// overTheWire sends st as gRPC does.
func overTheWire(st *status.Status) *status.Status { return status.FromProto(st.Proto()) }

func requireAlike(t *testing.T, want, got error) {
	t.Helper()
	require.Error(t, got)
	for _, s := range sentinels {
		require.Equal(t, errors.Is(want, s), errors.Is(got, s), "errors.Is(%q): sent %q, got %q", s, want, got)
	}
	require.Equal(t, want.Error(), got.Error())
}

func TestRefusalsComeBackWhole(t *testing.T) {
	for _, code := range allCodes {
		for _, message := range []string{"", "what, why, what next"} {
			sent := &metadata.Error{Code: code, Message: message, Revision: 12, Deduplicated: message != ""}
			for name, st := range map[string]*status.Status{
				"read": convert.ReadStatus(sent), "write": convert.WriteStatus(sent, attempt),
			} {
				t.Run(fmt.Sprintf("%s %s %q", name, code, message), func(t *testing.T) {
					back := convert.Error(overTheWire(st))
					require.Equal(t, sent, back)
					requireAlike(t, sent, back)
					require.Equal(t, code.String(), info(t, st).GetReason())
				})
			}
		}
	}
}

func TestFailuresComeBackAlike(t *testing.T) {
	for reason := sdk.Reason(0); reason <= sdk.ReasonDiverged; reason++ {
		for _, outcome := range []sdk.Outcome{sdk.Unknown, sdk.NotAppended} {
			t.Run(fmt.Sprintf("%s %s", reason, outcome), func(t *testing.T) {
				for _, sent := range []*sdk.Error{
					{Reason: reason, Outcome: outcome},
					{Reason: reason, Outcome: outcome, Message: "what", Field: "fsync", RetryAfter: 3 * time.Second},
					{Reason: reason, Outcome: outcome, Message: "what", Err: metadata.ErrUnavailable},
					{Reason: reason, Outcome: outcome, Message: "what", Err: context.DeadlineExceeded},
					{Reason: reason, Outcome: outcome, Message: "what", Err: &metadata.Error{Code: 7, Message: "late", Revision: 9}},
				} {
					for _, st := range []*status.Status{convert.ReadStatus(sent), convert.WriteStatus(sent, attempt)} {
						back := convert.Error(overTheWire(st))
						requireAlike(t, sent, back)
						requireSameFailure(t, sent, back)
					}
				}
			})
		}
	}
}

func requireSameFailure(t *testing.T, sent *sdk.Error, back error) {
	t.Helper()
	got, ok := errors.AsType[*sdk.Error](back)
	require.True(t, ok)
	require.Equal(t, sent.Reason, got.Reason)
	require.Equal(t, sent.Outcome, got.Outcome)
	require.Equal(t, sent.Field, got.Field)
	if sent.Reason == sdk.ReasonOverloaded {
		require.Equal(t, sent.RetryAfter, got.RetryAfter)
	}
	wantRefusal, want := errors.AsType[*metadata.Error](sent.Err)
	gotRefusal, has := errors.AsType[*metadata.Error](back)
	require.Equal(t, want, has)
	require.Equal(t, wantRefusal, gotRefusal)
}

func TestUnknownOutcomeNamesWhatToRepeat(t *testing.T) {
	for name, sent := range map[string]error{
		"the backend doesn't know": &sdk.Error{Reason: sdk.ReasonTimeout},
		"a deadline":               context.DeadlineExceeded,
		"says nothing":             errors.New("boom"),
	} {
		t.Run(name, func(t *testing.T) {
			st := overTheWire(convert.WriteStatus(sent, attempt))
			require.Equal(t, convert.ReasonOutcomeUnknown, info(t, st).GetReason())
			require.ErrorIs(t, convert.Error(st), sdk.ErrOutcomeUnknown)
			id, first, ok := convert.Attempt(st)
			require.True(t, ok)
			require.Equal(t, attempt.RequestID, id)
			require.Equal(t, attempt.FirstRevision, first)
		})
	}
}

func TestReadsThatGetNoAnswer(t *testing.T) {
	for name, row := range map[string]struct {
		sent error
		code codes.Code
	}{
		"unavailable":               {fmt.Errorf("recovering: %w", metadata.ErrUnavailable), codes.Unavailable},
		"unavailable by a deadline": {errors.Join(metadata.ErrUnavailable, context.DeadlineExceeded), codes.Unavailable},
		"deadline":                  {context.DeadlineExceeded, codes.DeadlineExceeded},
		"canceled":                  {context.Canceled, codes.Canceled},
		"a bug":                     {errors.New("boom"), codes.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			st := overTheWire(convert.ReadStatus(row.sent))
			require.Equal(t, row.code, st.Code())
			requireAlike(t, row.sent, convert.Error(st))
		})
	}
}

// A write to a sealed cluster was not appended, and another attempt can't help.
func TestSealedComesBackAlike(t *testing.T) {
	sent := convert.Matching("moved to b", &sdk.Error{Outcome: sdk.NotAppended, Message: "moved to b"}, metadata.ErrSealed)
	for _, st := range []*status.Status{convert.ReadStatus(sent), convert.WriteStatus(sent, attempt)} {
		require.Equal(t, codes.FailedPrecondition, st.Code())
		require.Equal(t, convert.ReasonSealed, info(t, st).GetReason())
		back := convert.Error(overTheWire(st))
		requireAlike(t, sent, back)
		require.ErrorIs(t, back, metadata.ErrSealed)
		require.ErrorIs(t, back, sdk.ErrNotAppended)
		require.NotErrorIs(t, back, metadata.ErrUnavailable)
	}
	st := convert.ReadStatus(metadata.ErrSealed)
	require.Equal(t, codes.FailedPrecondition, st.Code())
	requireAlike(t, metadata.ErrSealed, convert.Error(overTheWire(st)))
}

func TestOverloadedSaysWhen(t *testing.T) {
	st := convert.WriteStatus(&sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended, RetryAfter: time.Second}, attempt)
	require.Equal(t, codes.ResourceExhausted, st.Code())
	var found bool
	for _, d := range st.Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok {
			found = true
			require.Equal(t, time.Second, retry.GetRetryDelay().AsDuration())
		}
	}
	require.True(t, found)
}

// A backend's text may be anything; the outcome must arrive all the same.
func TestTextThatIsNone(t *testing.T) {
	st := overTheWire(convert.WriteStatus(&sdk.Error{
		Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: "lost \xff", Field: "\xfe",
	}, attempt))
	require.ErrorIs(t, convert.Error(st), sdk.ErrNotAppended)
	require.Contains(t, st.Message(), "lost \uFFFD")
}

func TestOtherServersStatusesAreNotOurs(t *testing.T) {
	require.NoError(t, convert.Error(status.New(codes.Unavailable, "connection refused")))
	foreign, err := status.New(codes.NotFound, "no").WithDetails(&errdetails.ErrorInfo{Domain: "elsewhere", Reason: "NO_QUORUM"})
	require.NoError(t, err)
	require.NoError(t, convert.Error(foreign))
	_, _, ok := convert.Attempt(foreign)
	require.False(t, ok)
}

func TestReasonsAreUnique(t *testing.T) {
	seen := map[string]bool{convert.ReasonOutcomeUnknown: true, convert.ReasonUnavailable: true, convert.ReasonInternal: true, convert.ReasonDeadline: true, convert.ReasonCanceled: true, convert.ReasonSealed: true}
	for _, code := range allCodes {
		require.False(t, seen[code.String()], code.String())
		seen[code.String()] = true
	}
	for reason := sdk.Reason(0); reason <= sdk.ReasonDiverged; reason++ {
		name := info(t, convert.ReadStatus(&sdk.Error{Reason: reason})).GetReason()
		require.False(t, seen[name], name)
		seen[name] = true
	}
}

func info(t *testing.T, st *status.Status) *errdetails.ErrorInfo {
	t.Helper()
	for _, d := range st.Details() {
		if i, ok := d.(*errdetails.ErrorInfo); ok {
			require.Equal(t, convert.Domain, i.GetDomain())
			return i
		}
	}
	t.Fatalf("no ErrorInfo in %v", st)
	return nil
}
