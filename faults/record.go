package faults

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/metadata"
)

// record is what clients were told and taps saw. Any number of goroutines add to it.
type record struct {
	start time.Time

	mu         sync.Mutex
	changed    chan struct{} // closed, and replaced, by every note
	history    history.History
	operations []history.RegisterOp
	writes     []written // beside history.Writes, of the same index
	acks       int
	reads      int   // linearizable
	failed     error // the first thing that nobody expected
	mark       time.Duration
	next       time.Duration // from mark to the acknowledgement of a write since; 0: there was none
	last       time.Duration // when a write was acknowledged
	lull       time.Duration // the longest time without an acknowledgement
}

// written is a write as whoever made it follows it.
type written struct {
	id        metadata.RequestID
	first     uint64 // its first revision; known if its outcome isn't
	topic     string // what it created; empty: it committed an offset
	operation int    // that, among the operations
}

func newRecord() *record { return &record{start: time.Now(), changed: make(chan struct{})} }

func (r *record) now() time.Duration { return time.Since(r.start) }

func (r *record) note(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *record) fail(err error) {
	r.note(func() {
		if r.failed == nil {
			r.failed = err
		}
	})
}

// write notes a write. op is nil if it isn't one of a register.
func (r *record) write(w history.Write, mine written, op *history.RegisterOp) {
	r.note(func() {
		if op != nil {
			mine.operation = len(r.operations)
			r.operations = append(r.operations, *op)
		}
		r.history.Writes, r.writes = append(r.history.Writes, w), append(r.writes, mine)
		if w.Outcome == history.Acknowledged {
			r.acknowledged(w)
		}
	})
}

func (r *record) acknowledged(w history.Write) {
	r.acks++
	r.lull, r.last = max(r.lull, w.Return-r.last), max(r.last, w.Return)
	if r.next == 0 && w.Call >= r.mark {
		r.next = w.Return - r.mark
	}
}

func (r *record) read(read history.Read, op *history.RegisterOp) {
	r.note(func() {
		r.history.Reads = append(r.history.Reads, read)
		if op != nil {
			r.operations = append(r.operations, *op)
			r.reads++
		}
	})
}

// await waits until cond, which is asked under the lock, holds.
func (r *record) await(ctx context.Context, what string, cond func() bool) error {
	for {
		r.mu.Lock()
		changed, failed, there := r.changed, r.failed, cond()
		r.mu.Unlock()
		switch {
		case failed != nil:
			return failed
		case there:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s didn't come to pass: %w", what, context.Cause(ctx))
		}
	}
}

// traffic waits for so much more that a verdict means something.
func (r *record) traffic(ctx context.Context) error {
	r.mu.Lock()
	acks, reads := r.acks+leastWrites, r.reads+leastReads
	r.mu.Unlock()
	what := fmt.Sprintf("traffic that isn't too thin to judge (%d more acknowledged writes and %d more linearizable reads)", leastWrites, leastReads)
	return r.await(ctx, what, func() bool { return r.acks >= acks && r.reads >= reads })
}

// begin takes this moment as that of a fault.
func (r *record) begin() {
	r.note(func() { r.mark, r.next = r.now(), 0 })
}

// rest begins to look for the longest time without an acknowledgement.
func (r *record) rest() {
	r.note(func() { r.last, r.lull = r.now(), 0 })
}

// longest is that time, up to now.
func (r *record) longest() (lull time.Duration) {
	r.note(func() { lull = max(r.lull, r.now()-r.last) })
	return lull
}

// gap waits for the first acknowledgement of a write that began after the fault.
func (r *record) gap(ctx context.Context) (next time.Duration, err error) {
	err = r.await(ctx, "an acknowledged write after the fault", func() bool {
		next = r.next
		return next > 0
	})
	return next, err
}
