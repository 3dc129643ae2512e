package host_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// What a node has on disk may not be here yet, so "not found" would be a lie.
func TestRecoveringNodeServesNothing(t *testing.T) {
	var up atomic.Bool
	s, err := open(t, host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) {
		return newBackend(func(b *backend, data []byte) error {
			if !up.Load() {
				return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}
			}
			return b.deliver(data)
		}), nil
	}})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.Status().State == host.PhaseRecovering }, waitFor, tick)
	for _, opts := range [][]metadata.ReadOption{nil, {metadata.MinRevision(1)}} {
		_, err = s.Topic(t.Context(), "orders", opts...)
		require.ErrorIs(t, err, metadata.ErrUnavailable)
		require.NotErrorIs(t, err, metadata.ErrNotFound)
		require.ErrorContains(t, err, "recovering")
	}
	require.Nil(t, s.View())
	_, err = s.Topic(within(t, 20*time.Millisecond), "orders", metadata.Linearizable())
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorIs(t, s.WaitReady(within(t, 0)), metadata.ErrUnavailable)
	_, err = s.CreateTopic(within(t, 20*time.Millisecond), topic("orders"))
	require.ErrorIs(t, err, sdk.ErrNotAppended)

	up.Store(true)
	_, err = s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	require.NotNil(t, s.View())
	require.True(t, s.Status().Ready)
}

func TestMinRevisionWaits(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	c.Log.Hold("n2")
	w, err := c.Store(0).CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)

	_, err = c.Store(1).Topic(within(t, 20*time.Millisecond), "orders", metadata.MinRevision(w.Revision))
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = c.Store(1).Topic(t.Context(), "orders")
	require.ErrorIs(t, err, metadata.ErrNotFound)

	done := make(chan error, 1)
	go func() {
		_, err := c.Store(1).Topic(t.Context(), "orders", metadata.MinRevision(w.Revision))
		done <- err
	}()
	c.Log.Release("n2")
	require.NoError(t, <-done)
}

func TestLinearizableReadSeesWhatWasAcknowledged(t *testing.T) {
	c := hosttest.Cluster(t, 3)
	for i := range 200 {
		name := "t" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		_, err := c.Store(i%3).CreateTopic(t.Context(), topic(name))
		require.NoError(t, err)
		_, err = c.Store((i+1)%3).Topic(t.Context(), name, metadata.Linearizable())
		require.NoError(t, err)
	}
}

// Without a read barrier, entries without events do the same, and those who ask
// at once share them.
func TestLinearizableReadByAnEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *backend
		var proposed atomic.Int64
		var hold atomic.Bool
		gate := make(chan struct{})
		s := faked(t, func() *backend {
			b = newBackend(func(b *backend, data []byte) error {
				proposed.Add(1)
				if hold.Load() {
					<-gate
				}
				return b.deliver(data)
			})
			b.claims = sdk.Claims{sdk.Replicated}
			return b
		})
		require.NoError(t, b.deliver(foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "orders")} })))
		before := proposed.Load()
		hold.Store(true)
		var wg sync.WaitGroup
		read := func() {
			if _, err := s.Topic(t.Context(), "orders", metadata.Linearizable()); err != nil {
				t.Error(err)
			}
		}
		wg.Go(read)
		synctest.Wait()
		for range 50 {
			wg.Go(read)
		}
		synctest.Wait()
		close(gate)
		wg.Wait()
		require.EqualValues(t, 2, proposed.Load()-before, "the first asks for itself, the rest together")
		require.EqualValues(t, 1, s.Status().Revision)
	})
}

func TestLinearizableReadSaysWhyNot(t *testing.T) {
	var refuse atomic.Bool
	noLeader := &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: "no leader"}
	s := faked(t, func() *backend {
		b := newBackend(func(b *backend, data []byte) error {
			if refuse.Load() {
				return noLeader
			}
			return b.deliver(data)
		})
		b.claims = sdk.Claims{sdk.Replicated}
		return b
	})
	refuse.Store(true)
	_, err := s.Topics(t.Context(), metadata.Linearizable())
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	_, err = s.Topics(t.Context())
	require.NoError(t, err)
}

func TestCallerThatGivesUpLeavesItsNeighbours(t *testing.T) {
	var hold atomic.Bool
	proposed, release := make(chan struct{}, 8), make(chan struct{})
	s := faked(t, func() *backend {
		return newBackend(func(b *backend, data []byte) error {
			if hold.Load() {
				proposed <- struct{}{}
				<-release
			}
			return b.deliver(data)
		})
	})
	hold.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error, 1)
	write := func(ctx context.Context, name string, errs chan<- error) {
		_, err := s.CreateTopic(ctx, topic(name), metadata.WithRequestID(metadata.RequestID{byte(len(name))}, 0))
		errs <- err
	}
	// Two entries are under way; what comes then waits and shares the third.
	others := make(chan error, 3)
	go write(t.Context(), "1", others)
	<-proposed
	go write(t.Context(), "22", others)
	<-proposed
	go write(ctx, "333", errs)
	go write(t.Context(), "4444", others)
	require.Eventually(t, func() bool { return s.Status().Queued == 2 }, waitFor, tick)
	release <- struct{}{}
	<-proposed
	cancel()
	err := <-errs
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	for range 3 {
		require.NoError(t, <-others)
	}
	require.EqualValues(t, 4, s.Status().Revision, "what was proposed is applied, whoever has left")
}

// Close ends even a proposal that its backend has forgotten.
func TestCloseWithAStuckBackend(t *testing.T) {
	var stuck atomic.Bool
	proposed := make(chan struct{}, 1)
	s, err := host.Open(t.Context(), host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) {
		return &stuckBackend{backend: newBackend(echo), stuck: &stuck, proposed: proposed}, nil
	}})
	require.NoError(t, err)
	require.NoError(t, s.WaitReady(t.Context()))
	hosttest.Quiet(t, s)
	stuck.Store(true)
	errs := make(chan error, 1)
	go func() {
		_, err := s.CreateTopic(t.Context(), topic("orders"))
		errs <- err
	}()
	<-proposed
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-errs, sdk.ErrOutcomeUnknown)
}

type stuckBackend struct {
	*backend
	stuck    *atomic.Bool
	proposed chan<- struct{}
}

func (b *stuckBackend) Propose(ctx context.Context, data []byte) error {
	if !b.stuck.Load() {
		return b.backend.Propose(ctx, data)
	}
	b.proposed <- struct{}{}
	<-ctx.Done()
	return errors.New("cancelled")
}

func TestEveryReadIsRefusedAlike(t *testing.T) {
	s, err := open(t, host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) {
		return newBackend(func(*backend, []byte) error { return nil }), nil
	}})
	require.NoError(t, err)
	ctx := t.Context()
	for name, read := range map[string]func() error{
		"Topic":      func() error { _, err := s.Topic(ctx, "t"); return err },
		"TopicByID":  func() error { _, err := s.TopicByID(ctx, metadata.TopicID{1}); return err },
		"Topics":     func() error { _, err := s.Topics(ctx); return err },
		"Partition":  func() error { _, err := s.Partition(ctx, "t", 0); return err },
		"Partitions": func() error { _, err := s.Partitions(ctx, "t"); return err },
		"Leader":     func() error { _, err := s.Leader(ctx, "t", 0); return err },
		"Replicas":   func() error { _, err := s.Replicas(ctx, "t", 0); return err },
		"Configs":    func() error { _, err := s.Configs(ctx, metadata.Resource{}); return err },
		"Broker":     func() error { _, err := s.Broker(ctx, 1); return err },
		"Brokers":    func() error { _, err := s.Brokers(ctx); return err },
	} {
		require.ErrorIsf(t, read(), metadata.ErrUnavailable, "%s", name)
	}
	require.ErrorIs(t, s.Compact(ctx), sdk.ErrUnsupported)
}

func TestOpenSaysWhyItFailed(t *testing.T) {
	boom := errors.New("no such plugin")
	_, err := open(t, host.Config{NodeID: "n1", Backend: failingOpener(boom)})
	require.ErrorIs(t, err, boom)
}

func TestDegradedBackend(t *testing.T) {
	var b *backend
	var log bytes.Buffer
	s := faked(t, func() *backend { b = newBackend(echo); return b }, host.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	for range 3 {
		b.sm.SetStatus(sdk.Status{Health: sdk.HealthDegraded, Reason: "the disk is slow", StoredIndex: 99})
	}
	st := s.Status()
	require.Equal(t, host.PhaseDegraded, st.State)
	require.True(t, st.Ready)
	require.Contains(t, st.Reason, "the disk is slow")
	_, err := s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)

	b.sm.SetStatus(sdk.Status{Health: sdk.HealthOK, StoredIndex: 99})
	require.NoError(t, s.Close())
	require.Equal(t, 1, strings.Count(log.String(), `msg="the backend is degraded" reason="the disk is slow"`), log.String())
	require.Equal(t, 1, strings.Count(log.String(), "the backend is well again"))
}
