package history_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/history"
)

// large is a legal history of n writes and n reads, of which about overlap are
// under way at any time.
func large(n, overlap int) history.History {
	h := history.History{Taps: []history.Tap{{Node: "n1"}, {Node: "n2"}, {Node: "n3"}}}
	for i := range n {
		id, position := strconv.Itoa(i), uint64(i+1)
		call, back := time.Duration(10*i), time.Duration(10*(i+overlap)+5)
		h.Writes = append(h.Writes, acknowledged(id, "n1", call, back, position))
		h.Reads = append(h.Reads, history.Read{Node: "n2", Call: back + 1, Return: back + 2, Linearizable: i%2 == 0, Position: position})
		for k := range h.Taps {
			h.Taps[k].Entries = append(h.Taps[k].Entries, entry(position, id))
		}
	}
	return h
}

// TestLargeHistoriesAreJudgedSoon: a quadratic step would take hours, and all of
// these take seconds; the bound only tells the two apart.
func TestLargeHistoriesAreJudgedSoon(t *testing.T) {
	const n, bound = 200_000, 2 * time.Minute
	for name, c := range map[string]struct {
		overlap int
		spoil   func(h *history.History)
		rules   int
	}{
		"one at a time":      {0, func(*history.History) {}, 0},
		"all at once":        {n, func(*history.History) {}, 0},
		"the log turned":     {0, turn, 3},
		"everything lost":    {0, func(h *history.History) { h.Taps = nil }, 1},
		"everything strange": {0, func(h *history.History) { h.Writes = nil }, 1},
		"nothing but gaps":   {0, func(h *history.History) { h.Taps[1].Entries = h.Taps[1].Entries[n-1:] }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := large(n, c.overlap)
			c.spoil(&h)
			start := time.Now()
			got := history.Judge(h)
			require.Less(t, time.Since(start), bound)
			require.Len(t, got, 10*c.rules)
			if c.rules > 0 {
				require.Greater(t, got[9].More, n-100)
			}
		})
	}
}

// turn gives the log the opposite order.
func turn(h *history.History) {
	n := len(h.Writes)
	for i := range n {
		h.Writes[i].Position = uint64(n - i)
		for k := range h.Taps {
			h.Taps[k].Entries[i] = entry(uint64(i+1), strconv.Itoa(n-1-i))
		}
	}
	h.Reads = h.Reads[:0]
	for i := range n {
		h.Reads = append(h.Reads, history.Read{Node: "n2", Call: time.Duration(i), Return: time.Duration(i), Position: uint64(n - i)})
	}
}
