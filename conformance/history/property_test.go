package history_test

import (
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/conformance/history"
)

func TestLegalHistoriesAreLegal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		require.Empty(t, history.Judge(simulated(t)))
	})
}

// mutation breaks one rule of a legal history; it may break those in also by that.
type mutation struct {
	rule   history.Rule
	also   []history.Rule
	mutate func(t *rapid.T, h *history.History)
}

var mutations = map[string]mutation{
	"an acknowledged entry is lost": {history.RuleLost, nil, func(t *rapid.T, h *history.History) {
		remove(h, anAcknowledged(t, h).ID, 0, 1, 2, 3, 4)
	}},
	"an entry is passed over": {history.RuleGap, nil, func(t *rapid.T, h *history.History) {
		tap := aTap(t, h, 2)
		e := tap.Entries[rapid.IntRange(0, len(tap.Entries)-2).Draw(t, "entry")]
		if e.Position <= tap.Begin {
			t.Skip("before its begin")
		}
		tap.Entries = slices.DeleteFunc(tap.Entries, func(o history.Applied) bool { return o == e })
	}},
	"two entries are swapped": {history.RuleDelivery, nil, func(t *rapid.T, h *history.History) {
		e := aTap(t, h, 2).Entries
		i := rapid.IntRange(1, len(e)-1).Draw(t, "second")
		k := rapid.IntRange(0, i-1).Draw(t, "first")
		e[i], e[k] = e[k], e[i]
	}},
	"an entry is delivered again": {history.RuleDelivery, nil, func(t *rapid.T, h *history.History) {
		tap := aTap(t, h, 1)
		tap.Entries = append(tap.Entries, rapid.SampledFrom(tap.Entries).Draw(t, "entry"))
	}},
	"a bit flips": {history.RuleDiverged, nil, func(t *rapid.T, h *history.History) {
		rapid.SampledFrom(pointers(aTap(t, h, 1).Entries)).Draw(t, "entry").Hash ^= 1
	}},
	"an answer differs on a node": {history.RuleDiverged, []history.Rule{history.RuleAnswer}, func(t *rapid.T, h *history.History) {
		rapid.SampledFrom(pointers(aTap(t, h, 1).Entries)).Draw(t, "entry").Answer ^= 1
	}},
	"a write comes twice": {history.RuleTwice, nil, func(t *rapid.T, h *history.History) {
		appendTo(h, anAcknowledged(t, h).ID)
	}},
	"the wrong position is told": {history.RulePosition, nil, func(t *rapid.T, h *history.History) {
		w := anAcknowledged(t, h)
		w.Position = positionOf(h, w.ID) + 1
	}},
	"the wrong answer is told": {history.RuleAnswer, nil, func(t *rapid.T, h *history.History) {
		anAcknowledged(t, h).Answer ^= 1
	}},
	"the wrong outcome is told": {history.RuleRefused, nil, func(t *rapid.T, h *history.History) {
		anAcknowledged(t, h).Outcome = history.NotAppended
	}},
	"nobody wrote it": {history.RuleStranger, nil, func(t *rapid.T, h *history.History) {
		id := anAcknowledged(t, h).ID
		h.Writes = slices.DeleteFunc(h.Writes, func(w history.Write) bool { return w.ID == id })
	}},
	"a later write comes before": {history.RuleRealTime, []history.Rule{history.RuleFuture}, func(t *rapid.T, h *history.History) {
		w := anAcknowledged(t, h)
		p := positionOf(h, w.ID)
		for i := range h.Taps {
			tap := &h.Taps[i]
			if at := slices.IndexFunc(tap.Entries, func(e history.Applied) bool { return e.Position == p }); at >= 0 {
				tap.Entries = slices.Insert(tap.Entries, at, entry(p-1, "late"))
			}
		}
		h.Writes = append(h.Writes, acknowledged("late", "n1", w.Return+1, w.Return+2, p-1))
	}},
	"a read foresees a write": {history.RuleFuture, []history.Rule{history.RuleStale}, func(t *rapid.T, h *history.History) {
		w := anAcknowledged(t, h)
		h.Reads = append(h.Reads, history.Read{Node: "n9", Return: w.Call - 1, Position: positionOf(h, w.ID)})
	}},
	"a read misses a write": {history.RuleStale, nil, func(t *rapid.T, h *history.History) {
		w := anAcknowledged(t, h)
		h.Reads = append(h.Reads, history.Read{Node: "n9", Call: w.Return + 1, Return: w.Return + 2, Linearizable: true, Position: positionOf(h, w.ID) - 1})
	}},
	"a linearizable read goes back": {history.RuleStale, nil, func(t *rapid.T, h *history.History) {
		h.Reads = append(h.Reads, back(aRead(t, h), "n9", true))
	}},
	"a local read goes back": {history.RuleBack, nil, func(t *rapid.T, h *history.History) {
		r := aRead(t, h)
		h.Reads = append(h.Reads, back(r, r.Node, false))
	}},
}

// back is a read after r that saw less.
func back(r history.Read, node string, linearizable bool) history.Read {
	return history.Read{Node: node, Call: r.Return + 1, Return: r.Return + 2, Linearizable: linearizable, Position: r.Position - 1}
}

func TestEveryMutationIsNoticed(t *testing.T) {
	for name, m := range mutations {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				h := simulated(t)
				m.mutate(t, &h)
				var rules []history.Rule
				for _, v := range history.Judge(h) {
					rules = append(rules, v.Rule)
				}
				require.Contains(t, rules, m.rule)
				require.Subset(t, append(m.also, m.rule), rules)
			})
		})
	}
}

func pointers[T any](of []T) []*T {
	out := make([]*T, len(of))
	for i := range of {
		out[i] = &of[i]
	}
	return out
}

func anAcknowledged(t *rapid.T, h *history.History) *history.Write {
	all := slices.DeleteFunc(pointers(h.Writes), func(w *history.Write) bool { return w.Outcome != history.Acknowledged })
	return rapid.SampledFrom(all).Draw(t, "write")
}

// aTap is one that holds at least so many entries.
func aTap(t *rapid.T, h *history.History, least int) *history.Tap {
	all := slices.DeleteFunc(pointers(h.Taps), func(tap *history.Tap) bool { return len(tap.Entries) < least })
	return rapid.SampledFrom(all).Draw(t, "tap")
}

// aRead is one that saw something.
func aRead(t *rapid.T, h *history.History) history.Read {
	all := slices.DeleteFunc(slices.Clone(h.Reads), func(r history.Read) bool { return r.Position == 0 })
	if len(all) == 0 {
		t.Skip("no read saw anything")
	}
	return rapid.SampledFrom(all).Draw(t, "read")
}

func positionOf(h *history.History, id string) uint64 {
	log := h.Log()
	return log[slices.IndexFunc(log, func(e history.Applied) bool { return e.ID == id })].Position
}

// appendTo puts an entry behind all others.
func appendTo(h *history.History, id string) {
	log := h.Log()
	tap := &h.Taps[3] // the second life of n2, which reaches to the end
	tap.Entries = append(tap.Entries, entry(log[len(log)-1].Position+10, id))
}

// logModel is a log of positions 1, 2, 3 as an object: a write is given the next
// position, and a read the last.
var logModel = porcupine.Model{
	Init: func() any { return uint64(0) },
	Step: func(state, input, output any) (bool, any) {
		last, position := state.(uint64), output.(uint64)
		if input.(string) == "write" {
			return position == last+1, position
		}
		return position == last, last
	},
}

// TestPorcupineAgrees: over the times of writes and linearizable reads of small
// random histories, most of them illegal, both judges say the same.
func TestPorcupineAgrees(t *testing.T) {
	verdicts := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := history.History{Taps: []history.Tap{{Node: "n1"}}}
		var ops []porcupine.Operation
		drawSpan := func() (call, back time.Duration) {
			call = time.Duration(rapid.IntRange(0, 12).Draw(t, "call"))
			return call, call + time.Duration(rapid.IntRange(0, 6).Draw(t, "took"))
		}
		writes := rapid.IntRange(1, 5).Draw(t, "writes")
		for i := range writes {
			id, position := string(rune('a'+i)), uint64(i+1)
			call, returned := drawSpan()
			w := acknowledged(id, "n1", call, returned, position)
			if rapid.IntRange(0, 4).Draw(t, "unknown") == 0 {
				w, returned = history.Write{ID: id, Node: "n1", Call: call, Return: returned}, time.Hour
			}
			h.Writes = append(h.Writes, w)
			h.Taps[0].Entries = append(h.Taps[0].Entries, entry(position, id))
			ops = append(ops, porcupine.Operation{Input: "write", Output: position, Call: int64(call), Return: int64(returned)})
		}
		for range rapid.IntRange(0, 4).Draw(t, "reads") {
			call, returned := drawSpan()
			position := rapid.Uint64Range(0, uint64(writes)).Draw(t, "saw")
			h.Reads = append(h.Reads, history.Read{Node: "n1", Call: call, Return: returned, Linearizable: true, Position: position})
			ops = append(ops, porcupine.Operation{Input: "read", Output: position, Call: int64(call), Return: int64(returned)})
		}
		legal := porcupine.CheckOperations(logModel, ops)
		require.Equal(t, legal, len(history.Judge(h)) == 0, "%v", history.Judge(h))
		verdicts[legal]++
	})
	require.Positive(t, verdicts[true])
	require.Positive(t, verdicts[false])
}
