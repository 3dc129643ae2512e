package host

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// A verdict and the first barrier may come with one delivery: the life must not
// begin to serve what was just found to be wrong.
func TestQuarantineIsFinalForReads(t *testing.T) {
	p := newPhases()
	p.suspect(PhaseQuarantined)
	p.enter(PhaseReady, "")
	require.EqualValues(t, servingRefused, p.serving.Load())
	p.leave("over")
	p.conclude(PhaseQuarantined, "outvoted")
	require.EqualValues(t, servingRefused, p.serving.Load())
}

// What a failed backend says it holds is no proof that it has lost anything.
func TestFailureIsNoRollback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, failed, next := newLifeRig(t), newMortal(), newMortal()
		failed.status = &sdk.Status{Health: sdk.HealthFailed, Reason: "the disk is on fire"}
		sessions := []*mortal{failed, next}
		r.next = func() (sdk.Backend, error) { return sessions[len(r.opens)-1], nil }
		require.NoError(t, r.start(t.Context()))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, PhaseReady, r.at().State)
		require.Len(t, r.opens, 2)
		r.end()
	})
}

// A snapshot that was being written when the verdict came must not count.
func TestVerdictSpoilsASnapshotUnderWay(t *testing.T) {
	r, s := newTestReplica()
	snap, err := r.snapshot(s)
	require.NoError(t, err)
	halt := &verdict{phase: PhaseHalted, err: errors.New("poison")}
	_, err = snap.WriteTo(writerFunc(func(p []byte) (int, error) {
		r.bench.pass(halt)
		return len(p), nil
	}))
	require.ErrorIs(t, err, halt)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A dump is made of an entry that has just made something panic.
func TestDumpSurvivesAPanic(t *testing.T) {
	text := dumpBy([]byte("hi"), func([]byte) string { panic("again") })
	require.Equal(t, "6869", text)
}

func TestRestoreSurvivesAPanic(t *testing.T) {
	r, s := newTestReplica()
	r.digests = nil
	err := r.restore(s, bytes.NewReader(frameBytes(t, sampleView(t))))
	require.ErrorContains(t, err, "panic")
	require.Equal(t, PhaseFailed, r.bench.reached.Load().phase)
	require.Equal(t, metadata.Genesis().Digest(), r.board.latest.Load().state.Digest())
}

func TestWaitersLost(t *testing.T) {
	w, unknown := newWaiters(), errors.New("unknown")
	sent, queued := callOf(1, 1), callOf(2, 1)
	w.add(sent)
	w.sent([]*call{sent}, entryID{1})
	w.add(queued)
	w.lost(unknown)
	require.ErrorIs(t, answered(t, sent).err, unknown)
	require.Empty(t, queued.done, "what wasn't proposed goes on waiting")
	require.Equal(t, 1, w.len())
}
