package history

import (
	"fmt"
	"time"
)

// History is what a harness recorded. Times are monotonic and count from one
// start. Something that returned at the moment at which something else was called
// counts as concurrent with it. Names and ids are text in UTF-8.
type History struct {
	Writes []Write `json:"writes,omitempty"`
	Reads  []Read  `json:"reads,omitempty"`
	Taps   []Tap   `json:"taps,omitempty"`

	// Foreign says that an entry may be in the log though it is no write of this
	// history's, such as one that a host proposes for itself. Nil: none may. It
	// isn't part of a file, so whoever judges one sets it again.
	Foreign func(id string) bool `json:"-"`
}

// Write is one write. One that was repeated under its id is one Write, from the
// first call to the last return.
type Write struct {
	ID       string        `json:"id"` // unique in the history
	Node     string        `json:"node"`
	Call     time.Duration `json:"call"`
	Return   time.Duration `json:"return"` // says nothing where the outcome is unknown
	Outcome  Outcome       `json:"outcome"`
	Position uint64        `json:"position,omitempty"` // what the acknowledgement said; 0: nothing
	Answer   uint64        `json:"answer,omitempty"`   // hash of the answer; 0: none to compare
}

func (w *Write) String() string {
	return fmt.Sprintf("write %q on %s (called at %v, %s)", w.ID, w.Node, w.Call, w.fate())
}

func (w *Write) fate() string {
	switch {
	case w.Outcome == Unknown:
		return "outcome unknown"
	case w.Outcome != Acknowledged:
		return fmt.Sprintf("back at %v, %v", w.Return, w.Outcome)
	case w.Position == 0:
		return fmt.Sprintf("back at %v, acknowledged without a position", w.Return)
	default:
		return fmt.Sprintf("back at %v, acknowledged at %d", w.Return, w.Position)
	}
}

// Read is one read that was answered.
type Read struct {
	Node         string        `json:"node"`
	Call         time.Duration `json:"call"`
	Return       time.Duration `json:"return"`
	Linearizable bool          `json:"linearizable,omitempty"` // else it is local
	Position     uint64        `json:"position"`               // of the last entry that it saw; 0: of none
}

func (r *Read) String() string {
	kind := "local"
	if r.Linearizable {
		kind = "linearizable"
	}
	return fmt.Sprintf("%s read on %s (called at %v, back at %v, saw %d)", kind, r.Node, r.Call, r.Return, r.Position)
}

// Tap is what one node applied in one life, in the order in which it did. A
// restore of a snapshot in mid-life begins another tap. What no tap holds counts
// as lost, so together they must reach over all writes.
type Tap struct {
	Node    string    `json:"node"`
	Life    int       `json:"life"`            // tells the taps of one node apart
	Begin   uint64    `json:"begin,omitempty"` // what the node held when it began; entries up to there may be missing
	Entries []Applied `json:"entries,omitempty"`
}

func (t *Tap) String() string { return fmt.Sprintf("node %s in life %d", t.Node, t.Life) }

// Applied is one entry as a node applied it.
type Applied struct {
	Position uint64 `json:"position"`
	ID       string `json:"id"`
	Hash     uint64 `json:"hash"`             // of its bytes
	Answer   uint64 `json:"answer,omitempty"` // hash of the answer it gave here; 0: none to compare
}

func (a Applied) String() string {
	return fmt.Sprintf("%q (hash %x, answer %x)", a.ID, a.Hash, a.Answer)
}
