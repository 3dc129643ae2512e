package host

import (
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// brokerChange is a message with one record, which nobody else has.
func brokerChange(revision uint64) (metadata.WatchMessage, weak.Pointer[metadata.Broker]) {
	b := &metadata.Broker{ID: int32(revision)}
	return metadata.WatchMessage{Revision: revision, Changes: []metadata.Change{{After: b}}}, weak.Make(b)
}

// A watcher that has stopped listening, for ever maybe, holds on to what it is
// being told and not to everything that was kept at that time.
func TestAStalledWatcherHoldsOnToOnePage(t *testing.T) {
	const total = 20 * maxRead
	f := newFeed()
	f.limit = 8 * maxRead
	var stalled page
	records := make([]weak.Pointer[metadata.Broker], total+1)
	for revision := uint64(1); revision <= total; revision++ {
		var m metadata.WatchMessage
		m, records[revision] = brokerChange(revision)
		f.add([]metadata.WatchMessage{m}, revision)
		if revision == uint64(f.limit) {
			stalled = f.after(0)
		}
	}
	runtime.GC()
	held := 0
	for _, r := range records {
		if r.Value() != nil {
			held++
		}
	}
	require.LessOrEqual(t, held, len(stalled.messages)+f.limit+maxRead, "its page, and a history that a block may stick out of")
	require.Len(t, stalled.messages, maxRead)
	runtime.KeepAlive(f)
}

// Wherever a watcher stands in the history, pages lead it through all the rest.
func TestPagesLeaveNothingOut(t *testing.T) {
	const total = 5*maxRead + 7
	f := newFeed()
	f.limit = 3 * maxRead
	for revision := uint64(1); revision <= total; revision++ {
		m, _ := brokerChange(2 * revision)
		f.add([]metadata.WatchMessage{m}, 2*revision+1)
	}
	base := uint64(2 * (total - f.limit))
	require.True(t, f.after(base-1).missing)
	for from := base; from <= 2*total+1; from++ {
		at, want := from, 2*(from/2+1)
		for at < 2*total+1 {
			p := f.after(at)
			require.False(t, p.missing)
			require.LessOrEqual(t, len(p.messages), maxRead)
			for _, m := range p.messages {
				require.Equal(t, want, m.Revision, "from %d", from)
				require.Equal(t, want-2, m.Previous)
				want += 2
			}
			require.Greater(t, p.told, at)
			at = p.told
		}
		require.EqualValues(t, 2*total+2, want, "from %d", from)
	}
}
