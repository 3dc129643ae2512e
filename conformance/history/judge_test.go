package history_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/history"
)

func TestAGoodHistoryIsLegal(t *testing.T) {
	require.Empty(t, history.Judge(good()))
	require.Empty(t, history.Judge(history.History{}))
}

// remove takes an id out of the taps numbered.
func remove(h *history.History, id string, taps ...int) {
	for _, i := range taps {
		h.Taps[i].Entries = slices.DeleteFunc(h.Taps[i].Entries, func(e history.Applied) bool { return e.ID == id })
	}
}

// TestEachRuleIsBrokenAlone: a history broken in one way has that violation, in
// these words, and no other.
func TestEachRuleIsBrokenAlone(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(h *history.History)
		rule  history.Rule
		text  string
	}{
		"no id": {
			func(h *history.History) { h.Writes[0].ID = "" },
			history.RuleRecord, `write "" on n1 (called at 1ms, back at 2ms, acknowledged at 10) has no id`,
		},
		"one id twice": {
			func(h *history.History) { h.Writes[1].ID = "a" },
			history.RuleRecord, `write "a" on n2 (called at 3ms, back at 6ms, acknowledged at 30) is recorded twice`,
		},
		"no such outcome": {
			func(h *history.History) { h.Writes[0].Outcome = 9 },
			history.RuleRecord, `write "a" on n1 (called at 1ms, back at 2ms, outcome 9) has an outcome that doesn't exist`,
		},
		"a write back too early": {
			func(h *history.History) { h.Writes[0].Return = 0 },
			history.RuleRecord, `write "a" on n1 (called at 1ms, back at 0s, acknowledged at 10) returned before it was called`,
		},
		"a read back too early": {
			func(h *history.History) { h.Reads[1].Return = 0 },
			history.RuleRecord, `linearizable read on n1 (called at 7ms, back at 0s, saw 30) returned before it was called`,
		},
		"delivered out of order": {
			func(h *history.History) {
				e := h.Taps[0].Entries
				e[1], e[2] = e[2], e[1]
			},
			history.RuleDelivery, `node n1 in life 1 applied "c" (hash 100006363, answer fffffffeffff9c9c) at 20 after it had applied position 30`,
		},
		"delivered twice": {
			func(h *history.History) { h.Taps[1].Entries = append(h.Taps[1].Entries, entry(30, "b")) },
			history.RuleDelivery, `node n2 in life 1 applied "b" (hash 100006262, answer fffffffeffff9d9d) at 30 after it had applied position 30`,
		},
		"other bytes": {
			func(h *history.History) { h.Taps[0].Entries[2].Hash = 7 },
			history.RuleDiverged, `at position 30, node n2 in life 1 applied "b" (hash 100006262, answer fffffffeffff9d9d), but node n1 in life 1 applied "b" (hash 7, answer fffffffeffff9d9d)`,
		},
		"other entry": {
			func(h *history.History) { h.Taps[2].Entries[1] = entry(30, "z") },
			history.RuleDiverged, `at position 30, node n1 in life 1 applied "b" (hash 100006262, answer fffffffeffff9d9d), but node n2 in life 2 applied "z" (hash 100007a7a, answer fffffffeffff8585)`,
		},
		"other answer on a node": {
			func(h *history.History) { h.Taps[3].Entries[1].Answer = 7 },
			history.RuleDiverged, `at position 40, node n1 in life 1 applied "d" (hash 100006464, answer fffffffeffff9b9b), but node n3 in life 1 applied "d" (hash 100006464, answer 7)`,
		},
		"passed over": {
			func(h *history.History) { remove(h, "b", 3) },
			history.RuleGap, `node n3 in life 1 reaches from 20 to 60 but has nothing at 30, where node n1 in life 1 applied write "b" on n2 (called at 3ms, back at 6ms, acknowledged at 30)`,
		},
		"passed over somebody else's": {
			func(h *history.History) { remove(h, "x", 2) },
			history.RuleGap, `node n2 in life 2 reaches from 20 to 55 but has nothing at 50, where node n1 in life 1 applied "x" (hash 100007878, answer fffffffeffff8787)`,
		},
		"lost": {
			func(h *history.History) { remove(h, "c", 0, 1) },
			history.RuleLost, `write "c" on n3 (called at 4ms, back at 7ms, acknowledged at 20) is in no node's log, which reaches from 10 to 60`,
		},
		"lost at the end": {
			func(h *history.History) { remove(h, "e", 0, 3); h.Reads[4].Position = 55 },
			history.RuleLost, `write "e" on n1 (called at 12ms, back at 14ms, acknowledged at 60) is in no node's log, which reaches from 10 to 55`,
		},
		"lost with everything": {
			func(h *history.History) { h.Taps, h.Writes = nil, h.Writes[3:4] },
			history.RuleLost, `write "d" on n1 (called at 9ms, back at 10ms, acknowledged without a position) is in no node's log: no tap holds anything`,
		},
		"an acknowledged one twice": {
			func(h *history.History) { h.Taps[0].Entries = append(h.Taps[0].Entries, entry(70, "a")) },
			history.RuleTwice, `write "a" on n1 (called at 1ms, back at 2ms, acknowledged at 10) is 2 times in the log: at 10 (node n1 in life 1), at 70 (node n1 in life 1)`,
		},
		"an unknown one twice": {
			func(h *history.History) { h.Taps[0].Entries = append(h.Taps[0].Entries, entry(70, "u")) },
			history.RuleTwice, `write "u" on n2 (called at 8ms, outcome unknown) is 2 times in the log: at 55 (node n1 in life 1), at 70 (node n1 in life 1)`,
		},
		"acknowledged elsewhere": {
			func(h *history.History) { h.Writes[0].Position = 11 },
			history.RulePosition, `write "a" on n1 (called at 1ms, back at 2ms, acknowledged at 11) was applied at 10 by node n1 in life 1`,
		},
		"answered otherwise": {
			func(h *history.History) { h.Writes[0].Answer = 7 },
			history.RuleAnswer, `write "a" on n1 (called at 1ms, back at 2ms, acknowledged at 10) was answered 7, but applying it at 10 gave fffffffeffff9e9e on node n1 in life 1`,
		},
		"refused and applied": {
			func(h *history.History) {
				for i := range 2 {
					h.Taps[i].Entries = slices.Insert(h.Taps[i].Entries, 0, entry(5, "r"))
				}
			},
			history.RuleRefused, `write "r" on n3 (called at 8ms, back at 9ms, not appended) was applied by node n1 in life 1 at 5`,
		},
		"written by nobody": {
			func(h *history.History) { h.Taps[0].Entries = append(h.Taps[0].Entries, entry(70, "z")) },
			history.RuleStranger, `node n1 in life 1 applied "z" (hash 100007a7a, answer fffffffeffff8585) at 70, which nobody wrote`,
		},
		"nothing foreign is expected": {
			func(h *history.History) { h.Foreign = nil },
			history.RuleStranger, `node n1 in life 1 applied "x" (hash 100007878, answer fffffffeffff8787) at 50, which nobody wrote`,
		},
		"in the log before what was before": {
			func(h *history.History) { h.Writes[2].Call = 6500 * 1000 },
			history.RuleRealTime, `write "c" on n3 (called at 6.5ms, back at 7ms, acknowledged at 20) is at 20 in the log, before write "b" on n2 (called at 3ms, back at 6ms, acknowledged at 30) at 30, which had returned before it was called`,
		},
		"an unknown one before what was before": {
			func(h *history.History) { h.Writes[5].Call = 15 * ms },
			history.RuleRealTime, `write "u" on n2 (called at 15ms, outcome unknown) is at 55 in the log, before write "e" on n1 (called at 12ms, back at 14ms, acknowledged at 60) at 60, which had returned before it was called`,
		},
		"a read saw what wasn't written": {
			func(h *history.History) { h.Reads[3].Node, h.Reads[3].Return, h.Reads[3].Position = "n1", 11*ms+1, 60 },
			history.RuleFuture, `write "e" on n1 (called at 12ms, back at 14ms, acknowledged at 60) is at 60 in the log, up to which a local read on n1 (called at 11ms, back at 11.000001ms, saw 60) had returned before it was called`,
		},
		"stale after a write": {
			func(h *history.History) { h.Reads[1].Position, h.Reads[1].Call = 20, 6*ms+1 },
			history.RuleStale, `a linearizable read on n1 (called at 6.000001ms, back at 8ms, saw 20) missed write "b" on n2 (called at 3ms, back at 6ms, acknowledged at 30), which is at 30 and had returned before it was called`,
		},
		"stale after a read": {
			func(h *history.History) {
				h.Reads = append(h.Reads, history.Read{Node: "n2", Call: 17 * ms, Return: 18 * ms, Linearizable: true, Position: 63})
				h.Reads[4].Position = 65
			},
			history.RuleStale, `a linearizable read on n2 (called at 17ms, back at 18ms, saw 63) saw less than a linearizable read on n3 (called at 15ms, back at 16ms, saw 65), which had returned before it was called`,
		},
		"back after a local read": {
			func(h *history.History) { h.Reads[5].Position = 30 },
			history.RuleBack, `a local read on n2 (called at 15ms, back at 16ms, saw 30) saw less than a local read on n2 (called at 11ms, back at 12ms, saw 40), which had returned before it was called`,
		},
		"back after a linearizable read": {
			func(h *history.History) { h.Reads[5].Node = "n1"; h.Reads[5].Position = 20 },
			history.RuleBack, `a local read on n1 (called at 15ms, back at 16ms, saw 20) saw less than a linearizable read on n1 (called at 7ms, back at 8ms, saw 30), which had returned before it was called`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := good()
			c.spoil(&h)
			require.Equal(t, []history.Violation{{Rule: c.rule, Text: c.text}}, history.Judge(h))
		})
	}
}

// TestWhatIsLegalThoughItLooksOdd: concurrency and laziness break nothing.
func TestWhatIsLegalThoughItLooksOdd(t *testing.T) {
	for name, change := range map[string]func(h *history.History){
		"a write called at the moment another returned": func(h *history.History) { h.Writes[2].Call = 6 * ms },
		"a read called at the moment a write returned":  func(h *history.History) { h.Reads[1].Call, h.Reads[1].Position = 6*ms, 10 },
		"a node that lags":            func(h *history.History) { h.Taps[2].Entries = h.Taps[2].Entries[:2] },
		"a node that has nothing yet": func(h *history.History) { h.Taps[3].Entries = nil },
		"a tap without answers": func(h *history.History) {
			for i := range h.Taps[0].Entries {
				h.Taps[0].Entries[i].Answer = 0
			}
		},
		"no tap with answers": func(h *history.History) {
			for _, tap := range h.Taps {
				for i := range tap.Entries {
					tap.Entries[i].Answer = 0
				}
			}
		},
		"an acknowledgement without an answer": func(h *history.History) { h.Writes[0].Answer = 0 },
		"a local read far behind": func(h *history.History) {
			h.Reads = append(h.Reads, history.Read{Node: "n9", Call: 99 * ms, Return: 99 * ms})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := good()
			change(&h)
			require.Empty(t, history.Judge(h))
		})
	}
}

// TestAnswersAreComparedWhereverOneIs: the silence of most taps hides nothing.
func TestAnswersAreComparedWhereverOneIs(t *testing.T) {
	h := good()
	h.Taps[0].Entries[0].Answer = 0
	h.Taps[1].Entries[0].Answer = 0
	h.Writes[0].Answer = 7
	got := history.Judge(h)
	require.Len(t, got, 1)
	require.Equal(t, history.RuleAnswer, got[0].Rule)
}

func TestTheRestOfARuleIsCounted(t *testing.T) {
	var h history.History
	h.Taps = []history.Tap{{Node: "n1"}}
	for i := range 25 {
		h.Taps[0].Entries = append(h.Taps[0].Entries, entry(uint64(i+1), "z"))
	}
	h.Writes = []history.Write{acknowledged("gone", "n1", 0, ms, 1)}
	got := history.Judge(h)
	require.Len(t, got, 11)
	for _, v := range got[:9] {
		require.Equal(t, history.RuleStranger, v.Rule)
		require.Zero(t, v.More)
	}
	require.Equal(t, 15, got[9].More)
	require.Contains(t, got[9].String(), "stranger: node n1 in life 0 applied \"z\"")
	require.Contains(t, got[9].String(), " (and 15 more)")
	require.Equal(t, history.RuleLost, got[10].Rule)
	require.NotContains(t, got[10].String(), "more")
}

func TestTheLogIsWhatMostHave(t *testing.T) {
	h := good()
	h.Taps[0].Entries[2] = entry(30, "z")
	require.Equal(t, []history.Applied{
		entry(10, "a"), entry(20, "c"), entry(30, "b"), entry(40, "d"), entry(50, "x"), entry(55, "u"), entry(60, "e"),
	}, h.Log())
}
