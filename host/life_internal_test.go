package host

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// mortal is a backend that lives until the test ends it.
type mortal struct {
	open   error
	status *sdk.Status // sent by Open; nil: none
	closed bool
	done   chan struct{}
	err    error
	sm     sdk.StateMachine
}

func newMortal() *mortal { return &mortal{done: make(chan struct{})} }

func (m *mortal) Open(_ context.Context, _ sdk.Config, sm sdk.StateMachine) error {
	m.sm = sm
	if m.status != nil {
		sm.SetStatus(*m.status)
	}
	return m.open
}
func (m *mortal) Propose(context.Context, []byte) error { return nil }
func (m *mortal) Close(context.Context) error           { m.closed = true; return nil }
func (m *mortal) Done() <-chan struct{}                 { return m.done }
func (m *mortal) Err() error                            { return m.err }

func (m *mortal) die(err error) { m.err = err; close(m.done) }

// lifeRig runs a life over what next gives, and notes when it asked.
type lifeRig struct {
	*life
	began time.Time
	opens []time.Duration // since the rig began
	next  func() (sdk.Backend, error)
	prove func(context.Context) error
	stat  []sdk.Status
	ended bool
}

func newLifeRig(t *testing.T) *lifeRig {
	t.Helper()
	r := &lifeRig{began: time.Now(), prove: func(context.Context) error { return nil }}
	opener := func(context.Context) (sdk.Backend, error) {
		r.opens = append(r.opens, time.Since(r.began))
		return r.next()
	}
	r.life = newLife(Config{NodeID: "n1", Backend: opener}, slog.New(slog.DiscardHandler), newBench(), hooks{
		applied:   func() uint64 { return 7 },
		begin:     func(s *session) sdk.StateMachine { return &machine{session: s} },
		status:    func(s sdk.Status) { r.stat = append(r.stat, s) },
		prove:     func(ctx context.Context, _ *session) error { return r.prove(ctx) },
		concluded: func() { r.ended = true },
	})
	return r
}

// gap is how long the life waited before its open number i.
func (r *lifeRig) gap(i int) time.Duration { return r.opens[i] - r.opens[i-1] }

func (r *lifeRig) at() Status {
	st, _ := r.phases.report()
	return st
}

func within(t *testing.T, want, got time.Duration) {
	t.Helper()
	require.InDelta(t, want.Seconds(), got.Seconds(), want.Seconds()/5+0.001)
}

func TestLifeBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLifeRig(t)
		first := newMortal()
		r.next = func() (sdk.Backend, error) { return first, nil }
		require.NoError(t, r.start(t.Context()))
		synctest.Wait()
		require.Equal(t, PhaseReady, r.at().State)

		r.next = func() (sdk.Backend, error) { return nil, errors.New("no such file") }
		first.die(errors.New("crashed"))
		synctest.Wait()
		require.True(t, first.closed)
		require.Equal(t, PhaseBackoff, r.at().State)
		require.Contains(t, r.at().Reason, "crashed")

		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for i, want := range []time.Duration{
			250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
			4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second,
		} {
			within(t, want, r.gap(i+1))
		}
		r.end()
	})
}

func TestLifeCalmsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLifeRig(t)
		opened := make(chan *mortal, 1)
		r.next = func() (sdk.Backend, error) { m := newMortal(); opened <- m; return m, nil }
		require.NoError(t, r.start(t.Context()))
		latest := <-opened
		for i, tc := range []struct{ ready, wait time.Duration }{
			{0, firstBackoff},
			{time.Second, 2 * firstBackoff},
			{calmAfter - time.Second, 4 * firstBackoff},
			{calmAfter, firstBackoff},
			{0, 2 * firstBackoff},
		} {
			synctest.Wait()
			time.Sleep(tc.ready)
			died := time.Now()
			latest.die(nil)
			latest = <-opened
			within(t, tc.wait, time.Since(died))
			synctest.Wait()
			require.Equal(t, i+1, r.at().Plugin.Restarts)
		}
		r.end()
	})
}

func TestLifeEndsForGood(t *testing.T) {
	terminal := &sdk.Error{Reason: sdk.ReasonWrongData, Message: "another cluster's"}
	for name, tc := range map[string]struct {
		fail  func(*lifeRig, *mortal)
		phase Phase
	}{
		"the backend dies of it": {func(_ *lifeRig, m *mortal) { m.die(terminal) }, PhaseFailed},
		"the next can't open": {func(r *lifeRig, m *mortal) {
			r.next = func() (sdk.Backend, error) { return &mortal{open: terminal}, nil }
			m.die(nil)
		}, PhaseFailed},
		"the next can't start": {func(r *lifeRig, m *mortal) {
			r.next = func() (sdk.Backend, error) { return nil, terminal }
			m.die(nil)
		}, PhaseFailed},
		"halted":      {func(r *lifeRig, _ *mortal) { r.bench.pass(&verdict{phase: PhaseHalted, err: terminal}) }, PhaseHalted},
		"quarantined": {func(r *lifeRig, _ *mortal) { r.bench.pass(&verdict{phase: PhaseQuarantined, err: terminal}) }, PhaseQuarantined},
		"it says so, then dies of it": {func(_ *lifeRig, m *mortal) {
			m.sm.SetStatus(sdk.Status{Health: sdk.HealthFailed, Reason: "a bad page"})
			time.Sleep(time.Second)
			m.die(terminal)
		}, PhaseFailed},
		"rolled back": {func(_ *lifeRig, m *mortal) { m.sm.SetStatus(sdk.Status{StoredIndex: 6}) }, PhaseFailed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, m := newLifeRig(t), newMortal()
				r.next = func() (sdk.Backend, error) { return m, nil }
				require.NoError(t, r.start(t.Context()))
				synctest.Wait()
				tc.fail(r, m)
				time.Sleep(time.Hour)
				<-r.done
				require.True(t, m.closed)
				require.Equal(t, tc.phase, r.at().State)
				require.True(t, r.ended)
				require.LessOrEqual(t, len(r.opens), 2)
				wantServing := servingStale
				if tc.phase == PhaseQuarantined {
					wantServing = servingRefused
				}
				require.EqualValues(t, wantServing, r.phases.serving.Load())
				<-r.phases.over
			})
		})
	}
}

func TestFirstStartFailsAtOnce(t *testing.T) {
	boom := errors.New("address in use")
	for name, next := range map[string]func() (sdk.Backend, error){
		"to start": func() (sdk.Backend, error) { return nil, boom },
		"to open":  func() (sdk.Backend, error) { return &mortal{open: boom}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			r := newLifeRig(t)
			r.next = next
			require.ErrorIs(t, r.start(t.Context()), boom)
			<-r.done
			require.Len(t, r.opens, 1)
		})
	}
}

func TestLifeHaltedWhileItStarts(t *testing.T) {
	r := newLifeRig(t)
	halt := &verdict{phase: PhaseHalted, index: 3, err: errors.New("poison")}
	r.next = func() (sdk.Backend, error) {
		r.bench.pass(halt)
		return &mortal{open: errors.New("the state machine failed")}, nil
	}
	require.NoError(t, r.start(t.Context()))
	<-r.done
	require.Equal(t, PhaseHalted, r.at().State)
	require.Contains(t, r.at().Reason, "index 3")
	require.EqualValues(t, servingNothing, r.phases.serving.Load())
}

func TestUnprovenSessionIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, m := newLifeRig(t), newMortal()
		r.next = func() (sdk.Backend, error) { return m, nil }
		r.prove = func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
		require.NoError(t, r.start(t.Context()))
		synctest.Wait()
		require.Equal(t, PhaseRecovering, r.at().State)
		require.EqualValues(t, servingNothing, r.phases.serving.Load())
		m.sm.SetStatus(sdk.Status{Health: sdk.HealthFailed, Reason: "no space left"})
		time.Sleep(failTimeout)
		synctest.Wait()
		require.Equal(t, PhaseBackoff, r.at().State)
		require.Contains(t, r.at().Reason, "no space left")
		require.Len(t, r.stat, 1)
		r.end()
	})
}

func TestLifeEndsInEveryPhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLifeRig(t)
		r.next = func() (sdk.Backend, error) { return newMortal(), nil }
		require.NoError(t, r.start(t.Context()))
		r.end()
		require.Len(t, r.opens, 1)
	})
}
