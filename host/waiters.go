package host

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chronik-stream/metalog/metadata"
)

// call is one write on its way: from its caller through the queue and the
// backend to the replica and back.
type call struct {
	id   metadata.RequestID
	fp   metadata.Fingerprint
	data []byte // the encoded event

	queued atomic.Bool // in the queue; changed under its lock
	entry  entryID     // that it was proposed in; zero: none yet. Guarded by the waiters' lock
	done   chan answer // 1: the first answer counts
}

// answer is what a call's caller gets.
type answer struct {
	result metadata.Result
	err    error
}

func newCall(id metadata.RequestID, fp metadata.Fingerprint, data []byte) *call {
	return &call{id: id, fp: fp, data: data, done: make(chan answer, 1)}
}

func (c *call) answer(a answer) {
	select {
	case c.done <- a:
	default:
	}
}

// waiters are the calls that haven't been answered, by request id. Several may
// have the same one: a caller repeats a request while its first attempt is
// under way. Any goroutine may use them.
type waiters struct {
	mu   sync.Mutex
	byID map[metadata.RequestID][]*call
	n    int
	none chan struct{} // closed and removed when the last one goes; nil: nobody waits for that
}

func newWaiters() *waiters { return &waiters{byID: make(map[metadata.RequestID][]*call)} }

func (w *waiters) add(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.byID[c.id] = append(w.byID[c.id], c)
	w.n++
}

// remove forgets c, if it is still there.
func (w *waiters) remove(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keep(c.id, func(other *call) bool { return other != c })
}

// len counts the calls.
func (w *waiters) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.n
}

// sent notes the entry that calls are about to be proposed in.
func (w *waiters) sent(calls []*call, entry entryID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range calls {
		c.entry = entry
	}
}

// unsent notes that the entry of calls was surely not appended, and returns
// those that still wait.
func (w *waiters) unsent(calls []*call) []*call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var waiting []*call
	for _, c := range calls {
		if slices.Contains(w.byID[c.id], c) {
			c.entry = entryID{}
			waiting = append(waiting, c)
		}
	}
	return waiting
}

// applied answers every call that an event was applied for, matched by request
// id and fingerprint (G15). The first that was proposed in that very entry did
// it; the others repeat it.
func (w *waiters) applied(events []applied) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n == 0 {
		return
	}
	for _, ev := range events {
		done := ev.result.Deduplicated
		w.keep(ev.result.Request, func(c *call) bool {
			if c.fp != ev.result.Fingerprint {
				return true
			}
			res := ev.result
			res.Deduplicated = done || c.entry != ev.entry
			done = done || !res.Deduplicated
			c.answer(answer{result: res})
			return false
		})
	}
}

// dropped answers the calls of an entry whose events weren't applied because of
// why; nil: they were.
func (w *waiters) dropped(entry entryID, why error) {
	if why == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.byID {
		w.keep(id, func(c *call) bool {
			if c.entry != entry {
				return true
			}
			c.answer(answer{err: why})
			return false
		})
	}
}

// restored answers after a snapshot took the state's place: an entry that lies
// inside it is never delivered. What the snapshot remembers is the answer; of
// any other call that was sent nothing is known.
func (w *waiters) restored(stored func(metadata.RequestID, metadata.Fingerprint) (metadata.Result, bool), unknown error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.byID {
		w.keep(id, func(c *call) bool {
			if c.entry == (entryID{}) {
				return true
			}
			if res, ok := stored(id, c.fp); ok {
				c.answer(answer{result: res})
			} else {
				c.answer(answer{err: unknown})
			}
			return false
		})
	}
}

// lost answers every call that was sent with unknown.
func (w *waiters) lost(unknown error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.byID {
		w.keep(id, func(c *call) bool {
			if c.entry == (entryID{}) {
				return true
			}
			c.answer(answer{err: unknown})
			return false
		})
	}
}

// fail answers calls with err; those that were answered before keep that.
func (w *waiters) fail(calls []*call, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range calls {
		w.keep(c.id, func(other *call) bool { return other != c })
		c.answer(answer{err: err})
	}
}

// failAll answers everybody: sent or notSent, as it may be.
func (w *waiters) failAll(sent, notSent error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.byID {
		w.keep(id, func(c *call) bool {
			if c.entry == (entryID{}) {
				c.answer(answer{err: notSent})
			} else {
				c.answer(answer{err: sent})
			}
			return false
		})
	}
}

// idle is closed once no call waits.
func (w *waiters) idle() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.none == nil {
		w.none = make(chan struct{})
	}
	none := w.none
	w.noneLeft()
	return none
}

// keep drops the calls of id that stay refuses. w.mu is held.
func (w *waiters) keep(id metadata.RequestID, stay func(*call) bool) {
	calls := w.byID[id]
	kept := calls[:0]
	for _, c := range calls {
		if stay(c) {
			kept = append(kept, c)
		}
	}
	w.n -= len(calls) - len(kept)
	clear(calls[len(kept):])
	if len(kept) == 0 {
		delete(w.byID, id)
	} else {
		w.byID[id] = kept
	}
	w.noneLeft()
}

// noneLeft tells whoever waits for it. w.mu is held.
func (w *waiters) noneLeft() {
	if w.n == 0 && w.none != nil {
		close(w.none)
		w.none = nil
	}
}
