package host

import "time"

// silence is how long a host that is contradicted waits for those it hasn't
// heard: an idle one proposes a barrier every idleBarrier.
const silence = time.Minute

// witnesses are what the latest witness of each node said about this node's
// state. Not safe for several goroutines.
type witnesses struct {
	self      string
	testimony map[string]testimony
	since     time.Time // when a voter first disagreed; zero: none does
}

type testimony struct {
	agrees   bool
	revision uint64
}

func newWitnesses(self string) *witnesses {
	return &witnesses{self: self, testimony: make(map[string]testimony)}
}

// hear notes whether node had the same digest as this one at a revision.
func (w *witnesses) hear(node string, revision uint64, agrees bool) {
	w.testimony[node] = testimony{agrees, revision}
}

// outvoted reports that this node's state is the wrong one: a voter disagrees,
// and those that agree, this node included, are no majority. It names the
// revision of the disagreement. Without voters the node is its own only one,
// and what it said in an earlier life counts.
func (w *witnesses) outvoted(voters []string, now time.Time) (revision uint64, outvoted bool) {
	if len(voters) == 0 {
		voters = []string{w.self}
	}
	agree, silent, disagree := 0, 0, 0
	for _, v := range voters {
		switch t, heard := w.testimony[v]; {
		case heard && !t.agrees:
			disagree++
			if revision == 0 || t.revision < revision {
				revision = t.revision
			}
		case heard || v == w.self:
			agree++
		default:
			silent++
		}
	}
	if disagree == 0 {
		w.since = time.Time{}
		return 0, false
	}
	if w.since.IsZero() {
		w.since = now
	}
	majority := len(voters)/2 + 1
	if agree >= majority || agree+silent >= majority && now.Sub(w.since) < silence {
		return 0, false
	}
	return revision, true
}
