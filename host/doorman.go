package host

import (
	"fmt"
	"hash/maphash"

	"github.com/chronik-stream/metalog/sdk"
)

// doorman lets each entry in once, whatever the backend delivers again, and
// notices a backend that contradicts what was delivered before (R4, R7). Only
// the goroutine that applies may use it.
type doorman struct {
	applied uint64 // the highest index let in
	seen    *ring[uint64]
	seed    maphash.Seed

	// Of the session.
	last   uint64 // the highest index delivered
	steady bool   // last is where the backend stands: no restore since
}

func newDoorman(ringSize int) *doorman {
	return &doorman{seen: newRing[uint64](ringSize), seed: maphash.MakeSeed()}
}

// begin forgets where the previous session's backend stood.
func (d *doorman) begin() { d.last, d.steady = 0, false }

// admit says whether an entry is new. An error means that the backend's log is
// not the one it was: nothing of it may be applied any more.
func (d *doorman) admit(e sdk.Entry) (fresh bool, err error) {
	if e.Index <= d.last {
		return false, diverged("index %d was delivered after %d", e.Index, d.last)
	}
	if missing, ok := d.seen.next(d.last); d.steady && ok && missing < e.Index {
		return false, diverged("index %d follows %d, but %d was delivered in between before", e.Index, d.last, missing)
	}
	d.last, d.steady = e.Index, true
	hash := maphash.Bytes(d.seed, e.Data)
	if e.Index > d.applied {
		d.applied = e.Index
		d.seen.add(e.Index, hash)
		return true, nil
	}
	if e.Index <= d.seen.base {
		return false, nil
	}
	switch before, ok := d.seen.get(e.Index); {
	case !ok:
		return false, diverged("index %d was not delivered before, though %d was", e.Index, d.applied)
	case before != hash:
		return false, diverged("index %d holds another entry than before", e.Index)
	}
	return false, nil
}

// skipped notes a snapshot that the host is already past. Where the backend
// stands now isn't known: a snapshot may be of a later state than its place in
// the log (R5).
func (d *doorman) skipped() { d.steady = false }

// restored notes that the state is a snapshot's.
func (d *doorman) restored(index uint64) {
	d.applied, d.steady = index, false
	d.seen.reset(index)
}

// diverged is the terminal error of R7.
func diverged(format string, args ...any) error {
	return &sdk.Error{
		Reason:  sdk.ReasonDiverged,
		Message: "the backend contradicts what it delivered before: " + fmt.Sprintf(format, args...),
	}
}
