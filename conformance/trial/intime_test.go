package trial_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// inTime plays a case that has no time left when it ends as end says.
func inTime(t *testing.T, end func(context.Context, *trial.Session) error) error {
	t.Helper()
	target := trial.InProcess(plugin.Spec{Name: "scripted", Version: "1", New: func() sdk.Backend {
		return scripted{open: func(context.Context, sdk.StateMachine) error { return nil }}
	}})
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("the case took too long"))
	defer cancel()
	c := trial.Case{ID: "TST-200", Run: func(ctx context.Context, s *trial.Stage) error {
		n, err := s.Start(ctx, "n1")
		if err != nil {
			return err
		}
		<-ctx.Done()
		return end(ctx, n)
	}}
	_, err := trial.Play(ctx, c, trial.Setting{Target: target, Dir: t.TempDir() + "/c"})
	return err
}

// A case without time left judges nobody, but for what was seen to be broken.
func TestACaseOutOfTime(t *testing.T) {
	require.NoError(t, inTime(t, func(context.Context, *trial.Session) error { return nil }))
	err := inTime(t, func(ctx context.Context, n *trial.Session) error {
		return n.Machine.Await(ctx, "an entry", func() bool { return false })
	})
	require.True(t, trial.IsHarness(err), err)
	require.ErrorContains(t, err, "the case took too long")
	err = inTime(t, func(ctx context.Context, n *trial.Session) error {
		return errors.Join(ctx.Err(), n.Machine.Apply(ctx, entry(0, "a")))
	})
	require.False(t, trial.IsHarness(err), err)
	require.ErrorContains(t, err, "index 0")
}
