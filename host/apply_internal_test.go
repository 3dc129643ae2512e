package host

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func newTestReplica() (*replica, *session) {
	b := newBoard(&view{state: metadata.Genesis()})
	r := newReplica("n1", b, newWaiters(), newOwnEntries(), newPeers("n1", time.Now), newFeed())
	s := &session{}
	r.begin(s)
	return r, s
}

func TestOldSessionDeliversNothing(t *testing.T) {
	r, old := newTestReplica()
	require.NoError(t, r.apply(old, []sdk.Entry{entryOf(t, 1, eventOf(t, "a", 1))}))
	r.begin(&session{})
	require.ErrorIs(t, r.apply(old, []sdk.Entry{entryOf(t, 2, eventOf(t, "b", 2))}), sdk.ErrClosed)
	require.ErrorIs(t, r.restore(old, nil), sdk.ErrClosed)
	_, err := r.snapshot(old)
	require.ErrorIs(t, err, sdk.ErrClosed)
	require.EqualValues(t, 1, r.board.latest.Load().index)
}

// Readers never see part of a delivery: one state a batch.
func TestOneStateIsPublishedForADelivery(t *testing.T) {
	r, s := newTestReplica()
	before := r.board.latest.Load()
	require.NoError(t, r.apply(s, []sdk.Entry{entryOf(t, 4, eventOf(t, "a", 1)), entryOf(t, 9, eventOf(t, "b", 2))}))
	after := r.board.latest.Load()
	require.EqualValues(t, 9, after.index)
	require.EqualValues(t, 2, after.state.Revision())
	require.Zero(t, before.state.Revision())
	require.NoError(t, r.apply(s, nil))
	require.Same(t, after, r.board.latest.Load())
}

// BenchmarkApply is what the host adds to metadata's own apply: envelopes, the
// doorman, digests by entry. Creations of topics, 64 events a delivery.
func BenchmarkApply(b *testing.B) {
	for _, each := range []int{1, 64} {
		b.Run(fmt.Sprintf("events/entry=%d", each), func(b *testing.B) {
			r, s := newTestReplica()
			index, n := uint64(0), uint32(0)
			for b.Loop() {
				b.StopTimer()
				var batch []sdk.Entry
				for range 64 / each {
					var events [][]byte
					for range each {
						n++
						events = append(events, numbered(b, n))
					}
					index++
					batch = append(batch, entryOf(b, index, events...))
				}
				b.StartTimer()
				if err := r.apply(s, batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*64/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func numbered(tb testing.TB, n uint32) []byte {
	tb.Helper()
	var id [16]byte
	binary.BigEndian.PutUint32(id[:], n)
	ev := metadata.NewCreateTopic(metadata.TopicSpec{Name: "t" + strconv.Itoa(int(n)), ID: id, Partitions: 1, ReplicationFactor: 1})
	ev.RequestId = id[:]
	data, err := metadata.Encode(ev)
	require.NoError(tb, err)
	return data
}

func TestSnapshotOfTooYoungAStateIsRefused(t *testing.T) {
	r, s := newTestReplica()
	require.NoError(t, r.apply(s, []sdk.Entry{entryOf(t, 4, eventOf(t, "a", 1), eventOf(t, "b", 2))}))
	young := frameBytes(t, &view{state: stateOf(t, "a"), index: 9})
	require.ErrorIs(t, r.restore(s, bytes.NewReader(young)), sdk.ErrDiverged)
	require.EqualValues(t, 2, r.board.latest.Load().state.Revision())
}

func TestRestoreTakesTheStatesPlace(t *testing.T) {
	r, s := newTestReplica()
	require.NoError(t, r.apply(s, []sdk.Entry{entryOf(t, 4, eventOf(t, "x", 9))}))
	next, back := sampleView(t), make(chan error, 1)
	r.own.add(entryID{1}, back)
	require.NoError(t, r.restore(s, bytes.NewReader(frameBytes(t, next))))
	require.ErrorIs(t, <-back, errRestored, "the node's own entry may lie in the snapshot")
	got := r.board.latest.Load()
	require.Equal(t, next.index, got.index)
	require.Equal(t, next.directory, got.directory)
	require.Equal(t, next.state.Digest(), got.state.Digest())
	require.NoError(t, r.apply(s, []sdk.Entry{entryOf(t, 9), entryOf(t, 10, eventOf(t, "c", 3))}), "what it covers may come again")
	require.EqualValues(t, 3, r.board.latest.Load().state.Revision())
}

// A snapshot of where the host stands already is nothing new: nobody who waits
// is told that the outcome is unknown.
func TestRestoreOfTheSameIndexIsSkipped(t *testing.T) {
	r, s := newTestReplica()
	require.NoError(t, r.apply(s, []sdk.Entry{entryOf(t, 4, eventOf(t, "a", 1))}))
	before := r.board.latest.Load()
	require.NoError(t, r.restore(s, bytes.NewReader(frameBytes(t, before))))
	require.Same(t, before, r.board.latest.Load())
}

// Whoever is answered reads what was written: the state is shown before anybody
// hears of it.
func TestStateIsShownBeforeAnybodyIsAnswered(t *testing.T) {
	for name, answers := range map[string]func(*replica) sync.Locker{
		"calls":               func(r *replica) sync.Locker { return &r.waiters.mu },
		"the node's barriers": func(r *replica) sync.Locker { return &r.own.mu },
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newTestReplica()
			lock := answers(r)
			lock.Lock()
			batch, done := []sdk.Entry{entryOf(t, 1, eventOf(t, "a", 1))}, make(chan error, 1)
			go func() { done <- r.apply(s, batch) }()
			require.Eventually(t, func() bool { return r.board.latest.Load().index == 1 }, 10*time.Second, time.Millisecond)
			require.Empty(t, done)
			lock.Unlock()
			require.NoError(t, <-done)
		})
	}
}

// A restored state has no changes to tell: watchers of what was before are told
// all of it, and the history begins anew.
func TestARestoreBeginsTheHistoryAnew(t *testing.T) {
	r, s := newTestReplica()
	require.NoError(t, r.apply(s, []sdk.Entry{entryOf(t, 1, eventOf(t, "a", 1)), entryOf(t, 2, eventOf(t, "b", 2))}))
	require.Len(t, r.feed.after(0).messages, 2)

	other, theirs := newTestReplica()
	for i, name := range []string{"a", "b", "c", "d"} {
		require.NoError(t, other.apply(theirs, []sdk.Entry{entryOf(t, uint64(i+1), eventOf(t, name, byte(i+1)))}))
	}
	r.replace(other.board.latest.Load())
	require.True(t, r.feed.after(2).missing)
	require.Equal(t, uint64(4), r.feed.after(4).told)

	require.NoError(t, r.apply(s, []sdk.Entry{entryOf(t, 5, eventOf(t, "e", 5))}))
	next := r.feed.after(4)
	require.False(t, next.missing)
	require.Len(t, next.messages, 1)
	require.Equal(t, uint64(4), next.messages[0].Previous)
	require.Equal(t, uint64(5), next.told)
}

// What is applied again because an entry after it couldn't be is told once.
func TestAFailedBatchTellsNothing(t *testing.T) {
	r, s := newTestReplica()
	require.Error(t, r.apply(s, []sdk.Entry{entryOf(t, 1, eventOf(t, "a", 1)), {Index: 2, Data: []byte("garbage")}}))
	p := r.feed.after(0)
	require.Len(t, p.messages, 1)
	require.Equal(t, uint64(1), p.told)
}
