package history

import "fmt"

// place is where a write is in the log.
type place struct {
	first  seen
	second seen // where it is twice
	times  int
}

// index finds the writes in the log, and what is no write.
func (j *judge) index() {
	j.number = make(map[string]int, len(j.Writes))
	for i := range j.Writes {
		j.number[j.Writes[i].ID] = i
	}
	j.places = make([]place, len(j.Writes))
	for _, e := range j.log {
		i, ours := j.number[e.ID]
		if !ours {
			j.stranger(e)
			continue
		}
		p := &j.places[i]
		switch p.times {
		case 0:
			p.first = e
		case 1:
			p.second = e
		}
		p.times++
	}
}

func (j *judge) stranger(e seen) {
	if j.Foreign == nil || !j.Foreign(e.ID) {
		j.add(RuleStranger, "%v applied %v at %d, which nobody wrote", e.tap, e, e.Position)
	}
}

// describe is an entry as the write that it is, if it is one.
func (j *judge) describe(e seen) fmt.Stringer {
	if i, ours := j.number[e.ID]; ours {
		return &j.Writes[i]
	}
	return e
}

// fates holds what became of each write against what its caller was told.
func (j *judge) fates() {
	for i := range j.Writes {
		w, p := &j.Writes[i], &j.places[i]
		switch {
		case w.Outcome == NotAppended && p.times > 0:
			j.add(RuleRefused, "%v was applied by %v at %d", w, p.first.tap, p.first.Position)
		case p.times > 1:
			j.add(RuleTwice, "%v is %d times in the log: at %d (%v), at %d (%v)",
				w, p.times, p.first.Position, p.first.tap, p.second.Position, p.second.tap)
		case w.Outcome == Acknowledged:
			j.acknowledged(w, p)
		}
	}
}

func (j *judge) acknowledged(w *Write, p *place) {
	if p.times == 0 {
		j.add(RuleLost, "%v is in no node's log%s", w, j.extent())
		return
	}
	if w.Position != 0 && w.Position != p.first.Position {
		j.add(RulePosition, "%v was applied at %d by %v", w, p.first.Position, p.first.tap)
	}
	if w.Answer != 0 && p.first.Answer != 0 && w.Answer != p.first.Answer {
		j.add(RuleAnswer, "%v was answered %x, but applying it at %d gave %x on %v", w, w.Answer, p.first.Position, p.first.Answer, p.first.tap)
	}
}

// extent says how far the log reaches.
func (j *judge) extent() string {
	if len(j.log) == 0 {
		return ": no tap holds anything"
	}
	return fmt.Sprintf(", which reaches from %d to %d", j.log[0].Position, j.log[len(j.log)-1].Position)
}
