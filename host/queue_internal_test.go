package host

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func callWith(size int) *call {
	c := callOf(1, 1)
	c.data = make([]byte, size)
	return c
}

func TestQueueGivesAllThatWaits(t *testing.T) {
	q := newQueue()
	var want []*call
	for range 10 {
		c := callWith(100)
		require.NoError(t, q.push(c))
		want = append(want, c)
	}
	got := q.take(t.Context())
	require.Equal(t, want, got)
	require.False(t, q.remove(got[0]))
	require.Zero(t, q.len())
}

func TestQueueKeepsEntriesSmallEnough(t *testing.T) {
	for name, tc := range map[string]struct {
		sizes []int
		first int
	}{
		"one of the largest":      {[]int{1 << 20, 1 << 20}, 1},
		"as many as fit":          {[]int{1 << 19, 1 << 19, 1 << 10, 1 << 19}, 3},
		"exactly full":            {[]int{maxEventBytes - 10 - 2*eventOverhead, 10, 1}, 2},
		"more than an entry has":  {make([]int, maxEntryEvents+1), maxEntryEvents},
		"one larger than allowed": {[]int{maxEventBytes + 1, 1}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue()
			for _, size := range tc.sizes {
				require.NoError(t, q.push(callWith(size)))
			}
			require.Len(t, q.take(t.Context()), tc.first)
			require.Len(t, q.take(t.Context()), min(len(tc.sizes)-tc.first, maxEntryEvents), "what is left is taken next")
		})
	}
}

func TestQueueIsBounded(t *testing.T) {
	q := newQueue()
	for range maxQueuedCalls {
		require.NoError(t, q.push(callWith(1)))
	}
	err := q.push(callWith(1))
	require.ErrorIs(t, err, sdk.ErrOverloaded)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	q.take(t.Context())
	require.NoError(t, q.push(callWith(1)))

	q = newQueue()
	for range 16 {
		require.NoError(t, q.push(callWith(1<<20)))
	}
	require.ErrorIs(t, q.push(callWith(1)), sdk.ErrOverloaded)
}

func TestQueueRemovesWhatWasNotTaken(t *testing.T) {
	q := newQueue()
	keep, gone := callWith(1), callWith(2)
	require.NoError(t, q.push(keep))
	require.NoError(t, q.push(gone))
	require.True(t, q.remove(gone))
	require.False(t, q.remove(gone))
	require.Equal(t, []*call{keep}, q.take(t.Context()))
	q.close()
	require.ErrorIs(t, q.push(gone), sdk.ErrNotAppended)
}

func TestTakeWaitsForACallOrTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		got := make(chan []*call)
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			go func() { got <- q.take(ctx) }()
		}
		synctest.Wait()
		c := callWith(1)
		require.NoError(t, q.push(c))
		require.Equal(t, []*call{c}, <-got)
		cancel()
		require.Nil(t, <-got)
	})
}
