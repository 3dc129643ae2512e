package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

var reasons = []struct {
	reason   sdk.Reason
	sentinel error
	name     string
	terminal bool
}{
	{sdk.ReasonNoQuorum, sdk.ErrNoQuorum, "no quorum", false},
	{sdk.ReasonOverloaded, sdk.ErrOverloaded, "overloaded", false},
	{sdk.ReasonTooLarge, sdk.ErrTooLarge, "too large", false},
	{sdk.ReasonUnsupported, sdk.ErrUnsupported, "unsupported", false},
	{sdk.ReasonTimeout, sdk.ErrTimeout, "timeout", false},
	{sdk.ReasonInternal, sdk.ErrInternal, "internal", false},
	{sdk.ReasonClosed, sdk.ErrClosed, "closed", false},
	{sdk.ReasonConflict, sdk.ErrConflict, "conflict", false},
	{sdk.ReasonInvalidConfig, sdk.ErrInvalidConfig, "invalid config", true},
	{sdk.ReasonWrongData, sdk.ErrWrongData, "wrong data", true},
	{sdk.ReasonCorrupt, sdk.ErrCorrupt, "corrupt", true},
	{sdk.ReasonIncompatible, sdk.ErrIncompatible, "incompatible", true},
	{sdk.ReasonDiverged, sdk.ErrDiverged, "diverged", true},
}

func TestEveryReasonHasItsSentinel(t *testing.T) {
	for _, c := range reasons {
		for _, outcome := range []sdk.Outcome{sdk.Unknown, sdk.NotAppended} {
			err := fmt.Errorf("propose: %w", &sdk.Error{Reason: c.reason, Outcome: outcome})
			require.Equal(t, c.terminal, sdk.Terminal(err), c.name)
			require.Equal(t, outcome, sdk.OutcomeOf(err), c.name)
			require.Equal(t, outcome == sdk.Unknown, errors.Is(err, sdk.ErrOutcomeUnknown), c.name)
			require.Equal(t, outcome == sdk.NotAppended, errors.Is(err, sdk.ErrNotAppended), c.name)
			require.EqualError(t, err, "propose: "+c.name)
			for _, other := range reasons {
				require.Equal(t, c == other, errors.Is(err, other.sentinel), "%s is %s", c.name, other.name)
			}
		}
	}
	require.Len(t, reasons, int(reasons[len(reasons)-1].reason), "a reason without a row")
	require.Equal(t, "unspecified", sdk.Reason(0).String())
	require.Equal(t, "unspecified", sdk.Reason(len(reasons)+1).String())
}

func TestAnErrorThatSaysNothingPromisesNothing(t *testing.T) {
	for _, err := range []error{errors.New("plain"), context.DeadlineExceeded, &sdk.Error{}} {
		require.Equal(t, sdk.Unknown, sdk.OutcomeOf(err))
		require.False(t, sdk.Terminal(err))
		require.NotErrorIs(t, err, sdk.ErrNotAppended)
	}
	require.False(t, sdk.Terminal(nil))
	for _, c := range reasons {
		require.NotErrorIs(t, &sdk.Error{}, c.sentinel)
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]*sdk.Error{
		"timeout":               {Reason: sdk.ReasonTimeout},
		"what":                  {Reason: sdk.ReasonTimeout, Message: "what"},
		"what: cause":           {Reason: sdk.ReasonTimeout, Message: "what", Err: cause},
		"field: what: cause":    {Reason: sdk.ReasonInvalidConfig, Field: "field", Message: "what", Err: cause},
		"field: invalid config": {Reason: sdk.ReasonInvalidConfig, Field: "field"},
	} {
		require.EqualError(t, err, want)
	}
	require.ErrorIs(t, &sdk.Error{Err: cause}, cause)
}

func TestNames(t *testing.T) {
	require.Equal(t, "unknown", sdk.Unknown.String())
	require.Equal(t, "not appended", sdk.NotAppended.String())
	require.Equal(t, []string{"unset", "new", "join", "restart"},
		[]string{sdk.Start(0).String(), sdk.StartNew.String(), sdk.StartJoin.String(), sdk.StartRestart.String()})
	require.Equal(t, []string{"unknown", "ok", "degraded", "failed"},
		[]string{sdk.Health(0).String(), sdk.HealthOK.String(), sdk.HealthDegraded.String(), sdk.HealthFailed.String()})
	require.Equal(t, []string{"unknown", "voter", "learner"},
		[]string{sdk.Role(0).String(), sdk.RoleVoter.String(), sdk.RoleLearner.String()})
}

// An error has one outcome: its own, whatever its cause was.
func TestTheCauseHasNoOutcome(t *testing.T) {
	for _, o := range []sdk.Outcome{sdk.Unknown, sdk.NotAppended} {
		inner := &sdk.Error{Reason: sdk.ReasonCorrupt, Outcome: sdk.NotAppended - o, Err: fs.ErrInvalid}
		outer := &sdk.Error{Reason: sdk.ReasonClosed, Outcome: o, Err: fmt.Errorf("the session ended: %w", inner)}
		err := fmt.Errorf("propose: %w", outer)
		require.Equal(t, o == sdk.Unknown, errors.Is(err, sdk.ErrOutcomeUnknown))
		require.Equal(t, o == sdk.NotAppended, errors.Is(err, sdk.ErrNotAppended))
		require.Equal(t, o, sdk.OutcomeOf(err))
		require.ErrorIs(t, err, sdk.ErrClosed)
		require.ErrorIs(t, err, sdk.ErrCorrupt)
		require.ErrorIs(t, err, fs.ErrInvalid)
		var found *sdk.Error
		require.ErrorAs(t, errors.Unwrap(outer), &found)
		require.Same(t, inner, found)
	}
}
