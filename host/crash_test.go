package host_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

var errKilled = errors.New("killed")

// gated opens a store over log whose sessions after the first wait for a token.
func gated(t *testing.T, log *inmem.Cluster) (*host.Store, chan<- struct{}) {
	t.Helper()
	gate := make(chan struct{}, 1)
	gate <- struct{}{}
	s, err := open(t, host.Config{NodeID: "n1", Backend: func(ctx context.Context) (sdk.Backend, error) {
		select {
		case <-gate:
			return log.Backend("n1"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}})
	require.NoError(t, err)
	require.NoError(t, s.WaitReady(t.Context()))
	hosttest.Quiet(t, s)
	return s, gate
}

func kill(t *testing.T, log *inmem.Cluster, s *host.Store) {
	t.Helper()
	log.End("n1", errKilled)
	require.Eventually(t, func() bool { return !s.Status().Ready }, waitFor, tick)
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestReadsGoOnWithoutABackend(t *testing.T) {
	log := inmem.NewCluster()
	s, gate := gated(t, log)
	_, err := s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	kill(t, log, s)

	got, err := s.Topic(t.Context(), "orders")
	require.NoError(t, err)
	require.True(t, got.Stale)
	require.Equal(t, "stopped", s.Status().Plugin.State)
	_, err = s.Topic(within(t, 20*time.Millisecond), "orders", metadata.Linearizable())
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.Error(t, s.Compact(t.Context()))

	gate <- struct{}{}
	got, err = s.Topic(t.Context(), "orders", metadata.Linearizable())
	require.NoError(t, err)
	require.False(t, got.Stale)
	require.Equal(t, 1, s.Status().Plugin.Restarts)
	require.NoError(t, s.Compact(t.Context()))
}

func TestWritesWaitForTheBackend(t *testing.T) {
	log := inmem.NewCluster()
	s, gate := gated(t, log)
	kill(t, log, s)

	_, err := s.CreateTopic(within(t, 20*time.Millisecond), topic("impatient"))
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	done := make(chan error, 1)
	go func() {
		_, err := s.CreateTopic(t.Context(), topic("patient"))
		done <- err
	}()
	require.Eventually(t, func() bool { return s.Status().Queued == 1 }, waitFor, tick)
	gate <- struct{}{}
	require.NoError(t, <-done)
	_, err = s.Topic(t.Context(), "impatient")
	require.ErrorIs(t, err, metadata.ErrNotFound)
	require.EqualValues(t, 1, s.Status().Revision)
}

// A proposal is never sent twice: its callers wait for the entry, which the next
// session delivers.
func TestWriteInFlightAtACrash(t *testing.T) {
	log := inmem.NewCluster()
	s, gate := gated(t, log)
	log.Hold("n1")
	log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, true)
	done := make(chan metadata.CreatedTopic, 1)
	go func() {
		w, err := s.CreateTopic(t.Context(), topic("orders"))
		if err != nil {
			t.Error(err)
		}
		done <- w
	}()
	failed(t, log, "n1")
	kill(t, log, s)
	require.Empty(t, done)
	log.Release("n1")
	gate <- struct{}{}
	w := <-done
	require.EqualValues(t, 1, w.Revision)
	require.False(t, w.Deduplicated)
}

func TestRestartedNodeHasItAllAgain(t *testing.T) {
	c := hosttest.Cluster(t, 1)
	_, err := c.Store(0).CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	require.NoError(t, c.Store(0).Compact(t.Context()))
	_, err = c.Store(0).CreateTopic(t.Context(), topic("payments"))
	require.NoError(t, err)
	before := c.Store(0).Status()
	require.NoError(t, c.Store(0).Close())

	after := c.Open(0).Status()
	require.Equal(t, before.Revision, after.Revision)
	require.Equal(t, before.Digest, after.Digest)
	require.Equal(t, before.Nodes, after.Nodes)
}

func TestOutcomesOfAProposal(t *testing.T) {
	dropped := &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: "no leader"}
	lost := &sdk.Error{Reason: sdk.ReasonTimeout, Message: "no reply"}

	t.Run("not appended", func(t *testing.T) {
		c := hosttest.Cluster(t, 1)
		c.Log.FailPropose("n1", dropped, false)
		_, err := c.Store(0).CreateTopic(t.Context(), topic("orders"))
		require.ErrorIs(t, err, sdk.ErrNoQuorum)
		require.ErrorIs(t, err, sdk.ErrNotAppended)
		require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
	})
	t.Run("unknown, and it was appended", func(t *testing.T) {
		c := hosttest.Cluster(t, 1)
		c.Log.FailPropose("n1", lost, true)
		_, err := c.Store(0).CreateTopic(t.Context(), topic("orders"))
		require.NoError(t, err)
	})
	t.Run("unknown, and it wasn't", func(t *testing.T) {
		c := hosttest.Cluster(t, 1)
		c.Log.FailPropose("n1", lost, false)
		id := metadata.RequestID{7}
		opt := metadata.WithRequestID(id, 0)
		w, err := c.Store(0).CreateTopic(within(t, time.Second), topic("orders"), opt)
		require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "request id "+id.String()+" and first revision 0")
		require.Equal(t, id, w.RequestID)

		again, err := c.Store(0).CreateTopic(t.Context(), topic("orders"), opt)
		require.NoError(t, err)
		require.False(t, again.Deduplicated)
		require.Zero(t, c.Store(0).Status().Waiting)
	})
}

// failed waits until a proposal of node has met what FailPropose ordered.
func failed(t *testing.T, log *inmem.Cluster, node string) {
	t.Helper()
	require.Eventually(t, func() bool { return log.Unserved(node) == 0 }, waitFor, tick, "it wasn't proposed")
}

func TestRestoreAnswersWhoWaits(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	n1, n2 := c.Store(0), c.Store(1)
	create := func(name string) <-chan error {
		done := make(chan error, 1)
		go func() {
			_, err := n2.CreateTopic(t.Context(), topic(name))
			done <- err
		}()
		return done
	}
	c.Log.Hold("n2")
	inside := create("inside")
	require.Eventually(t, func() bool {
		_, err := n1.Topic(t.Context(), "inside", metadata.Linearizable())
		return err == nil
	}, waitFor, tick)
	c.Log.FailPropose("n2", &sdk.Error{Reason: sdk.ReasonTimeout}, false)
	lost := create("lost")
	failed(t, c.Log, "n2")
	require.NoError(t, n1.Compact(t.Context()))
	c.Log.Release("n2")

	require.NoError(t, <-inside)
	require.ErrorIs(t, <-lost, sdk.ErrOutcomeUnknown)
	require.Equal(t, n1.Status().Digest, n2.Status().Digest)
	_, err := n2.CreateTopic(t.Context(), topic("later"))
	require.NoError(t, err)
}

func TestCloseAnswersEverybody(t *testing.T) {
	log := inmem.NewCluster()
	s, _ := gated(t, log)
	log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, false)
	done := make(chan error, 2)
	write := func() {
		_, err := s.CreateTopic(t.Context(), topic("orders"))
		done <- err
	}
	go write()
	failed(t, log, "n1")
	kill(t, log, s)
	go write()
	require.Eventually(t, func() bool { return s.Status().Queued == 1 }, waitFor, tick)
	go func() { _ = s.Close() }()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	unknown, not := <-done, <-done
	if errors.Is(unknown, sdk.ErrNotAppended) {
		unknown, not = not, unknown
	}
	require.ErrorIs(t, unknown, sdk.ErrOutcomeUnknown)
	require.ErrorIs(t, not, sdk.ErrNotAppended)

	_, err := s.CreateTopic(t.Context(), topic("late"))
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.Equal(t, host.PhaseStopped, s.Status().State)
	got, err := s.Topics(t.Context())
	require.NoError(t, err)
	require.True(t, got.Stale)
	_, err = s.Topics(t.Context(), metadata.MinRevision(99))
	require.ErrorIs(t, err, metadata.ErrUnavailable)
}

// Once the first barrier of a session is back, what a lone node's earlier
// sessions have stored is here. What isn't was lost, and its callers needn't
// wait for it.
func TestWriteThatACrashLostIsUnknownAtOnce(t *testing.T) {
	log, lost := inmem.NewCluster(), &sdk.Error{Reason: sdk.ReasonTimeout}
	gate := make(chan struct{}, 1)
	gate <- struct{}{}
	s, err := open(t, host.Config{NodeID: "n1", Backend: func(ctx context.Context) (sdk.Backend, error) {
		select {
		case <-gate:
			return alone{log.Backend("n1").(*inmem.Backend)}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}})
	require.NoError(t, err)
	require.NoError(t, s.WaitReady(t.Context()))
	hosttest.Quiet(t, s)
	create := func(name string) <-chan error {
		done := make(chan error, 1)
		go func() {
			_, err := s.CreateTopic(context.Background(), topic(name))
			done <- err
		}()
		return done
	}
	log.Hold("n1")
	log.FailPropose("n1", lost, true)
	stored := create("stored")
	failed(t, log, "n1")
	log.FailPropose("n1", lost, false)
	gone := create("gone")
	failed(t, log, "n1")
	kill(t, log, s)
	queued := create("queued")
	require.Eventually(t, func() bool { return s.Status().Queued == 1 }, waitFor, tick)
	require.Empty(t, gone)

	log.Release("n1")
	gate <- struct{}{}
	require.NoError(t, <-stored)
	require.NoError(t, <-queued)
	err = <-gone
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorContains(t, err, "repeat it with request id")
}

// alone is a session that claims no other nodes.
type alone struct{ *inmem.Backend }

func (a alone) Info() sdk.Info {
	info := a.Backend.Info()
	info.Claims = sdk.Claims{sdk.Snapshots}
	return info
}

// Among several nodes an entry may still be on its way to the leader: its caller
// goes on waiting.
func TestWriteThatMayStillComeIsWaitedFor(t *testing.T) {
	log := inmem.NewCluster()
	s, gate := gated(t, log)
	log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, false)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := s.CreateTopic(ctx, topic("orders"))
		done <- err
	}()
	failed(t, log, "n1")
	kill(t, log, s)
	gate <- struct{}{}
	require.Eventually(t, func() bool { return s.Status().Ready }, waitFor, tick)
	require.Empty(t, done)
	cancel()
	require.ErrorIs(t, <-done, sdk.ErrOutcomeUnknown)
}

// A backend that takes no proposals any more is gone, though nobody has noticed
// yet: what it surely didn't take waits for the next session like anything
// queued.
func TestBackendThatIsClosedUsesUpNothing(t *testing.T) {
	for name, dies := range map[string]bool{"it dies": true, "it lingers": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gone := &sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended, Message: "the session ended"}
				var sessions []*backend
				var closed atomic.Bool
				s := faked(t, func() *backend {
					b := newBackend(func(b *backend, data []byte) error {
						if closed.Load() && b == sessions[0] {
							return gone
						}
						return b.deliver(data)
					})
					if len(sessions) > 0 {
						b.index = 100
					}
					sessions = append(sessions, b)
					return b
				})
				closed.Store(true)
				names := []string{"one", "two"}
				done := make(chan error, len(names))
				for i, name := range names {
					go func() {
						_, err := s.CreateTopic(t.Context(), topic(name))
						done <- err
					}()
					synctest.Wait()
					require.Equal(t, i+1, s.Status().Queued)
				}
				given, giveUp := context.WithCancel(t.Context())
				giveUp()
				_, err := s.CreateTopic(given, topic("three"))
				require.ErrorIs(t, err, sdk.ErrNotAppended, "a caller takes its write along")
				require.Equal(t, len(names), s.Status().Queued)
				if dies {
					sessions[0].end(errKilled)
				}
				began := time.Now()
				for range names {
					require.NoError(t, <-done)
				}
				require.Equal(t, 2, s.Status().Counts.Topics)
				require.Less(t, time.Since(began), 6*time.Second)
				require.Equal(t, 1, s.Status().Plugin.Restarts)
			})
		})
	}
}

// A write under way when Close begins still gets its answer; one that comes later
// is refused.
func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	c := hosttest.Cluster(t, 1)
	s := c.Store(0)
	hosttest.Quiet(t, s)
	c.Log.Hold("n1")
	c.Log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, true)
	done := make(chan error, 1)
	go func() {
		_, err := s.CreateTopic(t.Context(), topic("orders"))
		done <- err
	}()
	failed(t, c.Log, "n1")
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	require.Eventually(t, func() bool { return s.Status().State == host.PhaseDraining }, waitFor, tick)
	require.Eventually(t, func() bool {
		_, err := s.CreateTopic(within(t, tick), topic("late"))
		return errors.Is(err, sdk.ErrClosed) && errors.Is(err, sdk.ErrNotAppended)
	}, waitFor, tick)
	c.Log.Release("n1")
	require.NoError(t, <-done)
	require.NoError(t, <-closed)
}
