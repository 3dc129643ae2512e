package faulty

import (
	"slices"

	"github.com/chronik-stream/metalog/sdk"
)

// Mutant is a backend with one defect.
type Mutant struct {
	Name   string
	Defect string   // what it does
	Bed    Bed      // what it is judged on
	Caught []string // the cases that must FAIL
	Spares []string // the families, or cases, that must notice nothing

	claims func(sdk.Claims) sdk.Claims // what it says it can do; nil: the truth
	lie    func() lie                  // a new one for each session; nil: an honest layer
	main   func()                      // what its process does before it serves; nil: nothing
}

// Bed is the honest backend that a mutant is made from, and how that is run.
type Bed uint8

// Each shows what the one before it can't.
const (
	Memory  Bed = iota // a cluster of inmem in this process: restarts, kills, several nodes
	Alone              // one inmem behind sdk.Guard in this process: it forgets at Close
	Disk               // local behind sdk.Guard in this process: a directory
	Before             // as Disk, and the mutant stands before the guard
	Process            // local, each session a process: what SIGKILL and the wall show
)

func (b Bed) String() string {
	return [...]string{"memory", "alone", "disk", "before", "process"}[b]
}

// Mutants lists all, group by group.
func Mutants() []Mutant {
	return slices.Concat(
		entries(), limits(), buffers(), proposals(), deliveries(), restarts(), snapshots(), endings(),
		directories(), inspections(), processes(), claims(),
	)
}

// Find returns the mutant of that name.
func Find(name string) (Mutant, bool) {
	all := Mutants()
	i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		return Mutant{}, false
	}
	return all[i], true
}

// Wrap returns b with the defect, for one session. The result has what b has,
// and says it has what the mutant claims.
func (m Mutant) Wrap(b sdk.Backend) sdk.Backend {
	l := &layer{inner: b, claims: m.Claims(sdk.Claimed(b))}
	if m.lie != nil {
		l.lie = m.lie()
	}
	return l
}

// Claims is what the mutant of a backend with these claims says it can do.
func (m Mutant) Claims(honest sdk.Claims) sdk.Claims {
	if m.claims == nil {
		return honest
	}
	return m.claims(slices.Clone(honest))
}
