package history

import (
	"cmp"
	"slices"
)

// seen is an entry, and a tap that holds it.
type seen struct {
	*Applied
	tap *Tap
	at  int // its place among all entries
}

// delivery judges the order within each tap.
func (j *judge) delivery() {
	for i := range j.Taps {
		t := &j.Taps[i]
		var last uint64
		for _, e := range t.Entries {
			if e.Position <= last {
				j.add(RuleDelivery, "%v applied %v at %d after it had applied position %d", t, e, e.Position, last)
			}
			last = e.Position
		}
	}
}

// Log is the committed log: what all taps hold together, by position. Where they
// differ, it is what most of them have.
func (h History) Log() []Applied {
	log := merge(h.Taps, &findings{})
	out := make([]Applied, len(log))
	for i, e := range log {
		out[i] = *e.Applied
	}
	return out
}

// merge makes one log of all taps, and finds where they differ.
func merge(taps []Tap, f *findings) []seen {
	var all []seen
	for i := range taps {
		for k := range taps[i].Entries {
			all = append(all, seen{&taps[i].Entries[k], &taps[i], len(all)})
		}
	}
	slices.SortFunc(all, func(a, b seen) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.at, b.at))
	})
	log := all[:0]
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Position == all[0].Position {
			n++
		}
		log = append(log, elect(all[:n], f))
		all = all[n:]
	}
	return log
}

// elect returns what most of those at one position are. The first that differs
// from it is a finding.
func elect(at []seen, f *findings) seen {
	elected := at[0]
	if slices.ContainsFunc(at, func(e seen) bool { return *e.Applied != *elected.Applied }) {
		elected = mostFrequent(at)
	}
	for _, e := range at {
		if e.ID != elected.ID || e.Hash != elected.Hash || (elected.Answer != 0 && e.Answer != 0 && e.Answer != elected.Answer) {
			f.add(RuleDiverged, "at position %d, %v applied %v, but %v applied %v", e.Position, elected.tap, elected, e.tap, e)
			break
		}
		if elected.Answer == 0 {
			elected = e
		}
	}
	return elected
}

// mostFrequent returns the first of those that are equal to most.
func mostFrequent(at []seen) seen {
	votes := make(map[Applied]int)
	for _, e := range at {
		votes[*e.Applied]++
	}
	return slices.MaxFunc(at, func(a, b seen) int { return cmp.Compare(votes[*a.Applied], votes[*b.Applied]) })
}

// gaps finds what a tap passed over: entries of the log between its begin and
// its last.
func (j *judge) gaps() {
	for i := range j.Taps {
		t := &j.Taps[i]
		held := positions(t)
		if len(held) == 0 {
			continue
		}
		last := held[len(held)-1]
		from, _ := slices.BinarySearchFunc(j.log, t.Begin, func(e seen, begin uint64) int {
			return cmp.Or(cmp.Compare(e.Position, begin), -1) // past begin
		})
		for _, e := range j.log[from:] {
			for len(held) > 0 && held[0] < e.Position {
				held = held[1:]
			}
			if len(held) == 0 {
				break
			}
			if held[0] != e.Position {
				j.add(RuleGap, "%v reaches from %d to %d but has nothing at %d, where %v applied %v", t, t.Begin, last, e.Position, e.tap, j.describe(e))
			}
		}
	}
}

func positions(t *Tap) []uint64 {
	out := make([]uint64, len(t.Entries))
	for i, e := range t.Entries {
		out[i] = e.Position
	}
	slices.Sort(out)
	return out
}
