package host

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/chronik-stream/metalog/metadata"
)

// view is what a host has applied, at one moment. It never changes.
type view struct {
	state     *metadata.State
	index     uint64 // the backend's
	directory directory
	seal      string // where the state has moved to; empty: the cluster isn't sealed
	half      *half  // an import that isn't complete; nil: none
}

// shut is why nobody's event is applied to the view; nil: they are.
func (v *view) shut() error {
	switch {
	case v.half != nil:
		return errImporting(v.half.bytes)
	case v.seal != "":
		return errSealed(v.seal)
	}
	return nil
}

// board shows the latest view to everybody. Only the replica puts one up.
type board struct {
	latest atomic.Pointer[view]

	waiting atomic.Int64 // in wait
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change that somebody waits for
}

func newBoard(v *view) *board {
	b := &board{changed: make(chan struct{})}
	b.latest.Store(v)
	return b
}

func (b *board) show(v *view) {
	b.latest.Store(v)
	if b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
}

// wait returns once revision is shown, or when ctx or over ends: false.
func (b *board) wait(ctx context.Context, over <-chan struct{}, revision uint64) bool {
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	for {
		b.mu.Lock()
		changed := b.changed
		b.mu.Unlock()
		if b.latest.Load().state.Revision() >= revision {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		case <-over:
			return false
		}
	}
}
