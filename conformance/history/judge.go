package history

// Judge holds a history against every rule, and returns what it breaks, grouped
// by rule; nothing means that it is legal. Of each rule the first ten violations
// are listed. One cause is told once where that can be known: a write that is
// lost, twice or misplaced in the log isn't judged by its time as well, and where
// nodes diverge, what most of them have counts as the log. A record that
// contradicts itself is judged no further. It only reads h.
func Judge(h History) []Violation {
	j := judge{History: h}
	if j.records(); len(j.list) > 0 {
		return j.list
	}
	j.delivery()
	j.log = merge(h.Taps, &j.findings)
	j.index()
	j.gaps()
	j.fates()
	j.times()
	return j.list
}

// judge is one judgement.
type judge struct {
	History
	findings
	log    []seen
	number map[string]int // of the write with that id
	places []place        // of the writes
}

// records looks for what no cluster can have done.
func (j *judge) records() {
	known := make(map[string]bool, len(j.Writes))
	for i := range j.Writes {
		w := &j.Writes[i]
		switch {
		case w.ID == "":
			j.add(RuleRecord, "%v has no id", w)
		case known[w.ID]:
			j.add(RuleRecord, "%v is recorded twice", w)
		case !w.Outcome.valid():
			j.add(RuleRecord, "%v has an outcome that doesn't exist", w)
		case w.Outcome != Unknown && w.Return < w.Call:
			j.add(RuleRecord, "%v returned before it was called", w)
		}
		known[w.ID] = true
	}
	for i := range j.Reads {
		if r := &j.Reads[i]; r.Return < r.Call {
			j.add(RuleRecord, "%v returned before it was called", r)
		}
	}
}
