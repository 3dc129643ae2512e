package host

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func callOf(id, fp byte) *call {
	return newCall(metadata.RequestID{id}, metadata.Fingerprint{fp}, nil)
}

func resultOf(id, fp byte, revision uint64) metadata.Result {
	return metadata.Result{Request: metadata.RequestID{id}, Fingerprint: metadata.Fingerprint{fp}, Revision: revision}
}

func answered(t *testing.T, c *call) answer {
	t.Helper()
	select {
	case a := <-c.done:
		return a
	default:
		require.FailNow(t, "the call wasn't answered")
		return answer{}
	}
}

func TestWaitersMatchByIDAndFingerprint(t *testing.T) {
	w := newWaiters()
	first, again, other, unrelated := callOf(1, 1), callOf(1, 1), callOf(1, 2), callOf(2, 1)
	for _, c := range []*call{first, again, other, unrelated} {
		w.add(c)
	}
	w.sent([]*call{first}, entryID{1})
	w.sent([]*call{again}, entryID{2})
	w.applied([]applied{{entryID{1}, resultOf(3, 1, 4)}, {entryID{1}, resultOf(1, 1, 5)}})
	require.Equal(t, answer{result: resultOf(1, 1, 5)}, answered(t, first))
	dup := answered(t, again)
	require.True(t, dup.result.Deduplicated)
	require.EqualValues(t, 5, dup.result.Revision)
	require.Empty(t, other.done)
	require.Empty(t, unrelated.done)
	require.Equal(t, 2, w.len())
}

func TestWaitersFailOnlyTheirOwn(t *testing.T) {
	w, boom := newWaiters(), errors.New("boom")
	mine, retry := callOf(1, 1), callOf(1, 1)
	w.add(mine)
	w.add(retry)
	w.fail([]*call{mine}, boom)
	require.ErrorIs(t, answered(t, mine).err, boom)
	require.Empty(t, retry.done)
	w.remove(retry)
	w.remove(retry)
	require.Zero(t, w.len())
}

func TestWaitersAfterARestore(t *testing.T) {
	w, unknown := newWaiters(), errors.New("unknown")
	known, lost, reused, queued := callOf(1, 1), callOf(2, 1), callOf(3, 1), callOf(4, 1)
	for _, c := range []*call{known, lost, reused, queued} {
		w.add(c)
	}
	w.sent([]*call{known, lost, reused}, entryID{1})
	stored := map[byte]metadata.Result{1: resultOf(1, 1, 7), 3: resultOf(3, 9, 8)}
	w.restored(func(id metadata.RequestID, fp metadata.Fingerprint) (metadata.Result, bool) {
		res, ok := stored[id[0]]
		return res, ok && res.Fingerprint == fp
	}, unknown)
	require.EqualValues(t, 7, answered(t, known).result.Revision)
	require.ErrorIs(t, answered(t, lost).err, unknown)
	require.ErrorIs(t, answered(t, reused).err, unknown)
	require.Empty(t, queued.done, "what wasn't proposed goes on waiting")
	require.Equal(t, 1, w.len())
}

func TestWaitersFailAll(t *testing.T) {
	w, sentErr, queuedErr := newWaiters(), errors.New("sent"), errors.New("queued")
	sent, queued := callOf(1, 1), callOf(2, 1)
	w.add(sent)
	w.sent([]*call{sent}, entryID{1})
	w.add(queued)
	idle := w.idle()
	w.failAll(sentErr, queuedErr)
	require.ErrorIs(t, answered(t, sent).err, sentErr)
	require.ErrorIs(t, answered(t, queued).err, queuedErr)
	<-idle
	<-w.idle()
}
