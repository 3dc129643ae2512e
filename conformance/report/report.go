package report

import "time"

// State is what became of a case.
type State string

// A claim with a FAIL, an ERROR or a SKIP isn't conformant.
const (
	Pass        State = "PASS"
	Fail        State = "FAIL"        // the contract was broken
	Error       State = "ERROR"       // the suite couldn't judge
	Skip        State = "SKIP"        // left out, with a reason
	Unsupported State = "UNSUPPORTED" // not claimed, or not to be had on this machine
)

// States lists all, in the order of reports.
func States() []State { return []State{Pass, Fail, Error, Skip, Unsupported} }

// Report is one run.
type Report struct {
	SuiteVersion string    `json:"suite_version"`
	Target       string    `json:"target"`
	Plugin       Plugin    `json:"plugin"`
	Seed         uint64    `json:"seed"`
	Began        time.Time `json:"began"`
	Seconds      float64   `json:"seconds"`
	Partial      bool      `json:"partial"` // only some cases were asked for
	Profiles     []Profile `json:"profiles"`
	Results      []Result  `json:"results"`
}

// Plugin is what was judged, as it says of itself.
type Plugin struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	DataFormat uint32   `json:"data_format"`
	SHA256     string   `json:"sha256,omitempty"` // of its file; empty: none is known
	Claims     []string `json:"claims"`
}

// Result is one case.
type Result struct {
	ID      string   `json:"id"`
	Family  string   `json:"family"`
	Title   string   `json:"title"`
	Promise string   `json:"promise"`
	Rule    string   `json:"rule"`
	Profile string   `json:"profile"`
	State   State    `json:"state"`
	Reason  string   `json:"reason,omitempty"` // why it isn't a PASS
	Seconds float64  `json:"seconds"`
	Repeat  string   `json:"repeat,omitempty"` // the command that plays it again
	Kept    string   `json:"kept,omitempty"`   // the directory of a case that failed
	Log     []string `json:"log,omitempty"`    // the last lines of a case that failed
}

// Profile is what the cases of one came to.
type Profile struct {
	Name       string        `json:"name"`
	Claimed    bool          `json:"claimed"`
	Conformant bool          `json:"conformant"`
	Counts     map[State]int `json:"counts"`
}

// Count is how many results have a state.
func (r *Report) Count(s State) int {
	n := 0
	for _, result := range r.Results {
		if result.State == s {
			n++
		}
	}
	return n
}

// Executed is how many cases were played.
func (r *Report) Executed() int { return r.Count(Pass) + r.Count(Fail) + r.Count(Error) }

// Families lists the families of the results, in order of appearance.
func (r *Report) Families() []string {
	var families []string
	seen := map[string]bool{}
	for _, result := range r.Results {
		if !seen[result.Family] {
			seen[result.Family] = true
			families = append(families, result.Family)
		}
	}
	return families
}

// CountIn is Count within a family.
func (r *Report) CountIn(family string, s State) int {
	n := 0
	for _, result := range r.Results {
		if result.Family == family && result.State == s {
			n++
		}
	}
	return n
}
