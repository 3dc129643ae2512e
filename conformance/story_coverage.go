package conformance

import "github.com/chronik-stream/metalog/metadata"

// Coverage is what stories have met, by operation.
type Coverage struct {
	Codes   Tally          // of the operations' answers
	Items   Tally          // of single items in them
	Stories map[string]int // in how many blocks the operation occurs
}

// Tally counts codes by operation.
type Tally map[string]map[metadata.Code]int

func newCoverage() Coverage {
	return Coverage{Codes: make(Tally), Items: make(Tally), Stories: make(map[string]int)}
}

func (c Coverage) merge(o Coverage) {
	c.Codes.merge(o.Codes)
	c.Items.merge(o.Items)
	for operation, n := range o.Stories {
		c.Stories[operation] += n
	}
}

func (t Tally) merge(o Tally) {
	for operation, codes := range o {
		for code, n := range codes {
			t.add(operation, code, n)
		}
	}
}

func (t Tally) add(operation string, code metadata.Code, n int) {
	if t[operation] == nil {
		t[operation] = make(map[metadata.Code]int)
	}
	t[operation][code] += n
}

// addFailed counts a request's items: those that failed, and the rest.
func (t Tally) addFailed(operation string, items int, failed []metadata.ItemError) {
	for _, f := range failed {
		t.add(operation, f.Code, 1)
	}
	if items > len(failed) {
		t.add(operation, metadata.CodeNone, items-len(failed))
	}
}

// Sum is how often an operation was met.
func (t Tally) Sum(operation string) (sum int) {
	for _, n := range t[operation] {
		sum += n
	}
	return sum
}
