package host

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// A request that is older than what is remembered may have been applied (G7).
func TestForgottenRequestIsAnUnknownOutcome(t *testing.T) {
	err := refusal(metadata.Result{Code: metadata.CodeRequestTimedOut, Message: "forgotten", Revision: 9})
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorIs(t, err, sdk.ErrTimeout)
	var refused *metadata.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, metadata.CodeRequestTimedOut, refused.Code)

	require.NoError(t, refusal(metadata.Result{}))
	err = refusal(metadata.Result{Code: metadata.CodeInvalidTopic})
	require.ErrorIs(t, err, metadata.ErrInvalid)
	require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
}

// What a read's error is caused by says nothing about a write's outcome.
func TestUnavailableHasNoOutcome(t *testing.T) {
	err := error(&unavailable{"no leader", &sdk.Error{Reason: sdk.ReasonNoQuorum, Err: context.DeadlineExceeded}})
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, sdk.ErrNotAppended)
	require.NotErrorIs(t, err, metadata.ErrNotFound)
	require.NotErrorIs(t, &unavailable{why: "recovering"}, sdk.ErrNoQuorum)
}

func TestOnlyUnknownOutcomesAreRepeatable(t *testing.T) {
	req := request{metadata.RequestID{0xab}, 7}
	require.ErrorContains(t, repeatable(errUnknown("gone"), req), "request id ab000000000000000000000000000000 and first revision 7")
	require.Same(t, errStopping, repeatable(errStopping, req))
	plain := errors.New("plain")
	require.Equal(t, plain, repeatable(plain, req))
}

func TestFirstVerdictHolds(t *testing.T) {
	b := newBench()
	require.NoError(t, b.err())
	halted := &verdict{phase: PhaseHalted, index: 3, revision: 2, err: errors.New("poison")}
	require.Same(t, halted, b.pass(halted))
	require.Same(t, halted, b.pass(failed(errors.New("later"))))
	<-b.passed
	require.EqualError(t, b.err(), "halted at index 3 after revision 2: poison")
	require.Nil(t, verdictOf(errors.New("crashed")))
	require.Equal(t, PhaseFailed, verdictOf(diverged("at %d", 4)).phase)
}
