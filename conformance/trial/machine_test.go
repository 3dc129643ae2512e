package trial_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// scripted is a backend that does in Open what a test wants done to its state
// machine, and nothing else.
type scripted struct {
	open    func(context.Context, sdk.StateMachine) error
	propose func(context.Context) error
}

func (s scripted) Open(ctx context.Context, _ sdk.Config, sm sdk.StateMachine) error {
	return s.open(ctx, sm)
}

func (s scripted) Propose(ctx context.Context, _ []byte) error {
	if s.propose == nil {
		return nil
	}
	return s.propose(ctx)
}

func (s scripted) Close(context.Context) error { return nil }

// played plays a case of one session over a scripted backend.
func played(t *testing.T, b scripted, run func(ctx context.Context, s *trial.Stage, n *trial.Session) error) error {
	t.Helper()
	target := trial.InProcess(plugin.Spec{Name: "scripted", Version: "1", New: func() sdk.Backend { return b }})
	c := trial.Case{ID: "TST-001", Run: func(ctx context.Context, s *trial.Stage) error {
		n, err := s.Start(ctx, "n1")
		if err != nil {
			return err
		}
		return run(ctx, s, n)
	}}
	_, err := trial.Play(t.Context(), c, trial.Setting{Target: target, Dir: t.TempDir() + "/c", Seed: 1, Patience: 500 * time.Millisecond})
	return err
}

func nothing(context.Context, *trial.Stage, *trial.Session) error { return nil }

func entry(index uint64, data string) sdk.Entry {
	return sdk.Entry{Index: index, Data: []byte(data)}
}

func snapshotOf(ctx context.Context, sm sdk.StateMachine) ([]byte, error) {
	s, err := sm.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Release()
	var b bytes.Buffer
	_, err = s.WriteTo(&b)
	return b.Bytes(), err
}

func TestMachineNoticesBrokenPromises(t *testing.T) {
	for name, c := range map[string]struct {
		open func(context.Context, sdk.StateMachine) error
		says string
	}{
		"index 0": {func(ctx context.Context, sm sdk.StateMachine) error { return sm.Apply(ctx, entry(0, "a")) }, "index 0"},
		"the same index twice": {func(ctx context.Context, sm sdk.StateMachine) error {
			return errors.Join(sm.Apply(ctx, entry(3, "a")), sm.Apply(ctx, entry(3, "a")))
		}, "index 3 came after index 3"},
		"going back in one call": {func(ctx context.Context, sm sdk.StateMachine) error {
			return sm.Apply(ctx, entry(3, "a"), entry(2, "b"))
		}, "index 2 came after index 3"},
		"marked uncommitted": {func(ctx context.Context, sm sdk.StateMachine) error {
			return sm.Apply(ctx, sdk.Entry{Index: 1, Uncommitted: true})
		}, "uncommitted"},
		"a snapshot nobody wrote": {func(ctx context.Context, sm sdk.StateMachine) error {
			return sm.Restore(ctx, bytes.NewReader([]byte("metalog trial 1\n....")))
		}, "no snapshot any node has written"},
		"a snapshot cut short": {func(ctx context.Context, sm sdk.StateMachine) error {
			raw, err := snapshotOf(ctx, sm)
			return errors.Join(err, sm.Restore(ctx, bytes.NewReader(raw[:len(raw)-1])))
		}, "no snapshot any node has written"},
		"an earlier state": {func(ctx context.Context, sm sdk.StateMachine) error {
			err := sm.Apply(ctx, entry(1, "a"))
			raw, err2 := snapshotOf(ctx, sm)
			err3 := sm.Apply(ctx, entry(2, "b"))
			return errors.Join(err, err2, err3, sm.Restore(ctx, bytes.NewReader(raw)))
		}, "never an earlier one"},
		"a snapshot released twice": {func(ctx context.Context, sm sdk.StateMachine) error {
			s, err := sm.Snapshot(ctx)
			if err == nil {
				s.Release()
				s.Release()
			}
			return err
		}, "Release was called twice"},
	} {
		t.Run(name, func(t *testing.T) {
			err := played(t, scripted{open: func(ctx context.Context, sm sdk.StateMachine) error {
				_ = c.open(ctx, sm) // the judge has its own memory
				return nil
			}}, nothing)
			require.ErrorContains(t, err, c.says)
			require.False(t, trial.IsHarness(err))
		})
	}
}

func TestMachineNoticesTwoCallsAtOnce(t *testing.T) {
	first := make(chan error)
	err := played(t, scripted{open: func(ctx context.Context, sm sdk.StateMachine) error {
		go func() { first <- sm.Apply(ctx, entry(1, "a")) }()
		return nil
	}}, func(context.Context, *trial.Stage, *trial.Session) error { return <-first })
	require.NoError(t, err, "one call is fine")

	err = played(t, scripted{open: func(context.Context, sdk.StateMachine) error { return nil }},
		func(ctx context.Context, s *trial.Stage, n *trial.Session) error {
			release := n.Machine.Hold()
			go func() { first <- n.Machine.Apply(ctx, entry(1, "a")) }()
			within, cancel := s.Within(ctx)
			defer cancel()
			if err := n.Machine.Await(within, "the first call", func() bool { return n.Machine.Counts().Held > 0 }); err != nil {
				return err
			}
			_ = n.Machine.Apply(ctx, entry(2, "b"))
			release()
			return <-first
		})
	require.ErrorContains(t, err, "one goroutine at a time")
}

// A machine that outlives a session holds what comes again against the first.
func TestMachineComparesSessions(t *testing.T) {
	sessions := [][]sdk.Entry{{entry(1, "a"), entry(2, "b")}, {entry(1, "a"), entry(2, "other")}}
	i := 0
	target := trial.InProcess(plugin.Spec{Name: "scripted", Version: "1", New: func() sdk.Backend {
		give := sessions[i]
		i++
		return scripted{open: func(ctx context.Context, sm sdk.StateMachine) error { return sm.Apply(ctx, give...) }}
	}})
	c := trial.Case{ID: "TST-002", Run: func(ctx context.Context, s *trial.Stage) error {
		m := s.Machine("n1")
		for range sessions {
			n, err := s.Open(ctx, "n1", m)
			if err != nil {
				return err
			}
			if err := n.Close(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
	_, err := trial.Play(t.Context(), c, trial.Setting{Target: target, Dir: t.TempDir() + "/c"})
	require.ErrorContains(t, err, `entry 2 is delivered again after a restart with other bytes: "other", before "b"`)
}

func TestABackendThatHangsFailsByName(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	err := played(t, scripted{
		open:    func(context.Context, sdk.StateMachine) error { return nil },
		propose: func(context.Context) error { <-hang; return nil },
	}, func(ctx context.Context, _ *trial.Stage, n *trial.Session) error { return n.Propose(ctx, nil) })
	require.True(t, trial.IsHang(err))
	require.ErrorContains(t, err, "Propose hangs")
}

func TestABackendThatPanicsFails(t *testing.T) {
	err := played(t, scripted{
		open:    func(context.Context, sdk.StateMachine) error { return nil },
		propose: func(context.Context) error { panic("oops") },
	}, func(ctx context.Context, _ *trial.Stage, n *trial.Session) error { return n.Propose(ctx, nil) })
	require.ErrorContains(t, err, "Propose panicked: oops")
	require.False(t, trial.IsHarness(err))
}

// What the host applied stays true for offers: one is judged by its answer.
func TestOffersAreJudged(t *testing.T) {
	notAppended := &sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended}
	for name, c := range map[string]struct {
		answer error
		times  int
		says   string // empty: fine
	}{
		"acknowledged and there":     {nil, 1, ""},
		"acknowledged and not there": {nil, 0, "was acknowledged, and isn't there"},
		"acknowledged, twice there":  {nil, 2, "was delivered 2 times"},
		"refused and there":          {notAppended, 1, "NOT_APPENDED"},
		"refused and not there":      {notAppended, 0, ""},
		"unknown and there":          {errors.New("?"), 1, ""},
		"unknown and twice there":    {errors.New("?"), 2, "was delivered 2 times"},
	} {
		t.Run(name, func(t *testing.T) {
			var sm sdk.StateMachine
			err := played(t, scripted{
				open: func(_ context.Context, m sdk.StateMachine) error { sm = m; return nil },
				propose: func(ctx context.Context) error {
					for i := range c.times {
						_ = sm.Apply(ctx, entry(uint64(i+1), "x"))
					}
					return c.answer
				},
			}, func(ctx context.Context, _ *trial.Stage, n *trial.Session) error {
				var offers trial.Offers
				_ = offers.Propose(ctx, n, "x")
				return offers.Judge(n.Machine)
			})
			if c.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.says)
			}
		})
	}
}

// A promise that was seen to be broken isn't excused by what couldn't be judged
// beside it.
func TestMixedErrors(t *testing.T) {
	harness, unable, broken := trial.Harness(errors.New("no disk")), trial.Unable("no strace"), errors.New("lost")
	require.True(t, trial.IsHarness(fmt.Errorf("closing: %w", errors.Join(harness, harness))))
	require.True(t, trial.IsUnable(fmt.Errorf("tracing: %w", unable)))
	require.False(t, trial.IsHarness(errors.Join(broken, harness)))
	require.False(t, trial.IsUnable(errors.Join(unable, broken)))
	require.False(t, trial.IsHarness(nil))
}

// A host that is further on writes its later state at an earlier place (R5): after
// that is restored, what lies in between may come again.
func TestARestoreAtAnEarlierPlace(t *testing.T) {
	var raw []byte
	sessions := []func(context.Context, sdk.StateMachine) error{
		func(ctx context.Context, sm sdk.StateMachine) error {
			return sm.Apply(ctx, entry(1, "a"), entry(2, "b"), entry(3, "c"))
		},
		func(ctx context.Context, sm sdk.StateMachine) (err error) { // the host stays
			err = sm.Apply(ctx, entry(1, "a"))
			raw, _ = snapshotOf(ctx, sm)
			return err
		},
		func(ctx context.Context, sm sdk.StateMachine) error { // a new host
			return errors.Join(sm.Restore(ctx, bytes.NewReader(raw)), sm.Apply(ctx, entry(2, "b"), entry(3, "c"), entry(4, "d")))
		},
	}
	next := 0
	target := trial.InProcess(plugin.Spec{Name: "scripted", Version: "1", New: func() sdk.Backend {
		next++
		return scripted{open: sessions[next-1]}
	}})
	c := trial.Case{ID: "TST-003", Run: func(ctx context.Context, s *trial.Stage) error {
		stays := s.Machine("n1")
		for _, m := range []*trial.Machine{stays, stays, s.Machine("n1")} {
			n, err := s.Open(ctx, "n1", m)
			if err != nil {
				return err
			}
			if err := n.Close(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
	_, err := trial.Play(t.Context(), c, trial.Setting{Target: target, Dir: t.TempDir() + "/c"})
	require.NoError(t, err)
}

// A snapshot that lacks what was delivered takes something back (R7).
func TestARestoreThatTakesBack(t *testing.T) {
	var raw []byte
	next := 0
	sessions := []func(context.Context, sdk.StateMachine) error{
		func(ctx context.Context, sm sdk.StateMachine) (err error) {
			err = sm.Apply(ctx, entry(1, "a"), entry(3, "c"), entry(4, "d"))
			raw, _ = snapshotOf(ctx, sm)
			return err
		},
		func(ctx context.Context, sm sdk.StateMachine) error {
			return errors.Join(sm.Apply(ctx, entry(1, "a"), entry(2, "uncommitted")), sm.Restore(ctx, bytes.NewReader(raw)))
		},
	}
	target := trial.InProcess(plugin.Spec{Name: "scripted", Version: "1", New: func() sdk.Backend {
		next++
		return scripted{open: sessions[next-1]}
	}})
	c := trial.Case{ID: "TST-004", Run: func(ctx context.Context, s *trial.Stage) error {
		for range sessions {
			n, err := s.Start(ctx, "n1")
			if err != nil {
				return nil //nolint:nilerr // the machine has seen it
			}
			if err := n.Close(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
	_, err := trial.Play(t.Context(), c, trial.Setting{Target: target, Dir: t.TempDir() + "/c"})
	require.ErrorContains(t, err, "(R7)")
}
