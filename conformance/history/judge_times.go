package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// span is when a write or read was under way, and its position.
type span struct {
	call, back time.Duration
	position   uint64
	node       string
	what       fmt.Stringer
}

// What the sentences about two spans are given: the later one, its position, the
// earlier one, its position.
const (
	outOfOrder = "%[1]v is at %[2]d in the log, before %[3]v at %[4]d, which had returned before it was called"
	foreseen   = "%[1]v is at %[2]d in the log, up to which a %[3]v had returned before it was called"
	missed     = "a %[1]v missed %[3]v, which is at %[4]d and had returned before it was called"
	wentBack   = "a %[1]v saw less than a %[3]v, which had returned before it was called"
)

// times judges what the order of calls and returns says about positions.
func (j *judge) times() {
	acknowledged, written := j.writeSpans()
	linearizable, local := j.readSpans()
	reads := slices.Concat(linearizable, local)

	j.sweep(acknowledged, written, atOrPast, RuleRealTime, outOfOrder)
	j.sweep(reads, written, atOrPast, RuleFuture, foreseen)
	j.sweep(acknowledged, linearizable, past, RuleStale, missed)
	j.sweep(reads, linearizable, past, RuleStale, wentBack)

	earlier, later := byNode(reads), byNode(local)
	for _, node := range slices.Sorted(maps.Keys(later)) {
		j.sweep(earlier[node], later[node], past, RuleBack, wentBack)
	}
}

// writeSpans are the acknowledged writes, and all that were written. Those that
// aren't in the log exactly once are broken already.
func (j *judge) writeSpans() (acknowledged, written []span) {
	for i := range j.Writes {
		w, p := &j.Writes[i], &j.places[i]
		if w.Outcome == NotAppended || p.times != 1 {
			continue
		}
		s := span{w.Call, w.Return, p.first.Position, w.Node, w}
		written = append(written, s)
		if w.Outcome == Acknowledged {
			acknowledged = append(acknowledged, s)
		}
	}
	return acknowledged, written
}

func (j *judge) readSpans() (linearizable, local []span) {
	for i := range j.Reads {
		r := &j.Reads[i]
		s := span{r.Call, r.Return, r.Position, r.Node, r}
		if r.Linearizable {
			linearizable = append(linearizable, s)
		} else {
			local = append(local, s)
		}
	}
	return linearizable, local
}

func byNode(spans []span) map[string][]span {
	out := make(map[string][]span)
	for _, s := range spans {
		out[s.node] = append(out[s.node], s)
	}
	return out
}

func past(before, after uint64) bool     { return before > after }
func atOrPast(before, after uint64) bool { return before >= after }

// sweep finds each of later that was called after one of earlier had returned
// whose position is too far for that, and names the furthest of these.
func (j *judge) sweep(earlier, later []span, tooFar func(before, after uint64) bool, rule Rule, sentence string) {
	earlier, later = slices.Clone(earlier), slices.Clone(later)
	slices.SortFunc(earlier, func(a, b span) int { return cmp.Compare(a.back, b.back) })
	slices.SortFunc(later, func(a, b span) int { return cmp.Compare(a.call, b.call) })
	furthest := -1
	next := 0
	for _, l := range later {
		for ; next < len(earlier) && earlier[next].back < l.call; next++ {
			if furthest < 0 || earlier[next].position > earlier[furthest].position {
				furthest = next
			}
		}
		if furthest >= 0 && tooFar(earlier[furthest].position, l.position) {
			j.add(rule, sentence, l.what, l.position, earlier[furthest].what, earlier[furthest].position)
		}
	}
}
