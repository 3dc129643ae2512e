package host_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Writers on three nodes run into a seal: each write is either acknowledged with a
// revision before it, or refused and in no state, and the revisions have no gap.
func TestASealStopsRacingWriters(t *testing.T) {
	c := hosttest.Cluster(t, 3)
	l := &ledger{created: map[string]uint64{}, refused: map[string]bool{}}
	enough := make(chan struct{}, 1)
	var writers sync.WaitGroup
	for i := range 12 {
		writers.Go(func() {
			for j := 0; ; j++ {
				name := fmt.Sprintf("t-%d-%d", i, j)
				w, err := c.Store(i%3).CreateTopic(t.Context(), topic(name))
				l.note(t, name, w.Revision, err)
				if err != nil {
					if !errors.Is(err, metadata.ErrSealed) {
						t.Errorf("%s: %v", name, err)
					}
					return
				}
				if j == 20 {
					select {
					case enough <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	<-enough
	at, err := c.Store(1).Seal(t.Context(), "cluster b at b:7400")
	require.NoError(t, err)
	writers.Wait()

	require.Len(t, l.created, int(at.Revision), "every revision up to the seal is somebody's write, and none after it")
	require.Len(t, l.refused, 12)
	for i := range 3 {
		s := c.Store(i)
		for name, revision := range l.created {
			got, err := s.Topic(t.Context(), name, metadata.Linearizable())
			require.NoError(t, err)
			require.Equal(t, revision, got.Value.CreatedRevision)
			require.LessOrEqual(t, revision, at.Revision)
		}
		for name := range l.refused {
			_, err := s.Topic(t.Context(), name)
			require.ErrorIs(t, err, metadata.ErrNotFound)
		}
		st := s.Status()
		require.Equal(t, at.Target, st.SealedTo)
		require.Equal(t, at.Revision, st.Revision)
		require.Equal(t, at.Digest, st.Digest)
	}
}

// A node that hasn't heard of the seal proposes all the same; the entry comes back,
// behind the seal, and does nothing anywhere.
func TestAWriteBehindASealIsDroppedByApply(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	c.Log.Hold(hosttest.Name(1))
	at, err := c.Store(0).Seal(t.Context(), "b")
	require.NoError(t, err)
	c.Log.FailPropose(hosttest.Name(1), &sdk.Error{Reason: sdk.ReasonTimeout}, true)
	done := make(chan error, 1)
	go func() {
		_, err := c.Store(1).CreateTopic(t.Context(), topic("late"))
		done <- err
	}()
	failed(t, c.Log, hosttest.Name(1))
	require.Empty(t, c.Store(1).Status().SealedTo)
	c.Log.Release(hosttest.Name(1))
	requireSealed(t, <-done, "b")
	_, err = c.Store(0).Topics(t.Context(), metadata.Linearizable())
	require.NoError(t, err)
	for i := range 2 {
		require.Equal(t, at.Digest, c.Store(i).Status().Digest)
		require.Equal(t, at.Revision, c.Store(i).Status().Revision)
	}
}

func requireSealed(t *testing.T, err error, target string) {
	t.Helper()
	require.ErrorIs(t, err, metadata.ErrSealed)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorContains(t, err, target)
}

func TestASealedNodeReadsAndDoesNotWrite(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	ctx := t.Context()
	first, err := s.CreateTopic(ctx, topic("orders"))
	require.NoError(t, err)
	at, err := s.Seal(ctx, "b")
	require.NoError(t, err)
	require.Equal(t, host.SealStatus{Target: "b", Revision: 1, Digest: s.Status().Digest}, at)

	id := metadata.RequestID{7}
	_, err = s.CreateTopic(ctx, topic("late"), metadata.WithRequestID(id, 1))
	requireSealed(t, err, "b")
	_, err = s.CreateTopic(ctx, topic("late"), metadata.ValidateOnly())
	requireSealed(t, err, "b")
	requireSealed(t, s.SetHighWatermark(ctx, metadata.Watermark{Topic: first.ID, HighWatermark: 4}), "b")
	again, err := s.CreateTopic(ctx, topic("orders"), metadata.WithRequestID(first.RequestID, first.FirstRevision))
	require.NoError(t, err, "what was answered before the seal has its answer")
	require.True(t, again.Deduplicated)
	require.Equal(t, first.ID, again.ID)
	_, err = s.Topic(ctx, "orders", metadata.Linearizable())
	require.NoError(t, err)

	st := s.Status()
	require.Equal(t, host.PhaseDegraded, st.State)
	require.True(t, st.Ready)
	require.Contains(t, st.Reason, "moved to b")
	moved, err := s.Seal(ctx, "c")
	require.NoError(t, err)
	require.Equal(t, at.Revision, moved.Revision)
	_, err = s.CreateTopic(ctx, topic("late"))
	requireSealed(t, err, "moved to c")

	require.NoError(t, s.Unseal(ctx))
	require.NoError(t, s.Unseal(ctx), "there is none to lift")
	require.Equal(t, host.PhaseReady, s.Status().State)
	w, err := s.CreateTopic(ctx, topic("late"), metadata.WithRequestID(id, 1))
	require.NoError(t, err)
	require.False(t, w.Deduplicated, "the refused attempt did nothing")
	require.EqualValues(t, 2, w.Revision)
}

// The seal is in the snapshot, and in the log above it.
func TestASealIsKept(t *testing.T) {
	for name, compact := range map[string]bool{"in the log": false, "in a snapshot": true} {
		t.Run(name, func(t *testing.T) {
			c := hosttest.Cluster(t, 2)
			_, err := c.Store(0).CreateTopic(t.Context(), topic("orders"))
			require.NoError(t, err)
			require.NoError(t, c.Store(1).Close())
			at, err := c.Store(0).Seal(t.Context(), "b")
			require.NoError(t, err)
			if compact {
				require.NoError(t, c.Store(0).Compact(t.Context()))
			}
			joined := c.Open(1)
			require.Equal(t, "b", joined.Status().SealedTo)
			require.Equal(t, at.Digest, joined.Status().Digest)
			_, err = joined.CreateTopic(t.Context(), topic("late"))
			requireSealed(t, err, "b")
			require.NoError(t, joined.Unseal(t.Context()))
			_, err = joined.CreateTopic(t.Context(), topic("late"))
			require.NoError(t, err)
		})
	}
}

func TestSealsThatAreRefused(t *testing.T) {
	c := hosttest.Cluster(t, 1)
	s := c.Store(0)
	for name, target := range map[string]string{"none": "", "too long": string(make([]byte, 1025)), "not text": "\xff"} {
		_, err := s.Seal(t.Context(), target)
		require.ErrorIs(t, err, sdk.ErrInvalidConfig, name)
		require.ErrorIs(t, err, sdk.ErrNotAppended, name)
	}
	c.Log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}, false)
	_, err := s.Seal(t.Context(), "b")
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.NoError(t, s.Close())
	_, err = s.Seal(t.Context(), "b")
	require.ErrorIs(t, err, sdk.ErrNotAppended)
}

// A seal that is lost on its way is proposed again; one whose session ends, in the
// next one. A caller who doesn't wait for that is told that it may yet come.
func TestASealIsRepeatedUntilItComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := hosttest.Cluster(t, 1)
		s := c.Store(0)
		c.Log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Seal(ctx, "b")
		require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, s.Status().SealedTo)

		c.Log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, false)
		at, err := s.Seal(t.Context(), "b")
		require.NoError(t, err)
		require.Zero(t, at.Revision)

		c.Log.End("n1", errKilled)
		require.NoError(t, s.Unseal(t.Context()))
		require.Empty(t, s.Status().SealedTo)
		require.Equal(t, 1, s.Status().Plugin.Restarts)
	})
}
