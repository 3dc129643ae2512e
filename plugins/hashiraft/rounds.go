package hashiraft

import (
	"context"
	"sync"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// rounds let concurrent calls share one question: all that come while one is
// under way wait for the next, which begins after them.
type rounds struct {
	mu      sync.Mutex
	running bool
	next    *round // nil: nobody waits
}

type round struct {
	begin chan struct{} // its leader's turn has come
	done  chan struct{}
	err   error
}

func newRounds() *rounds { return &rounds{} }

// join returns the answer of a round that begins after the call. The first to
// join a round has it asked for all of it; each waits only until its own ctx
// ends.
func (r *rounds) join(ctx context.Context, over <-chan struct{}, spawn func(func()), ask func() error) error {
	mine, first := r.enter()
	if first {
		spawn(func() { r.lead(mine, ask) })
	}
	select {
	case <-mine.done:
		return mine.err
	case <-ctx.Done():
		return membership.GaveUp(ctx, "read barrier", sdk.NotAppended)
	case <-over:
		return membership.Closed(sdk.NotAppended)
	}
}

func (r *rounds) enter() (mine *round, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		return r.next, false
	}
	r.next = &round{begin: make(chan struct{}), done: make(chan struct{})}
	mine = r.next
	if !r.running {
		r.running = true
		close(mine.begin)
	}
	return mine, true
}

// lead waits for the round before, asks, and lets the next begin.
func (r *rounds) lead(mine *round, ask func() error) {
	<-mine.begin
	r.mu.Lock()
	r.next = nil // whoever comes from here on wants a later answer
	r.mu.Unlock()
	mine.err = ask()
	close(mine.done)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		close(r.next.begin)
	} else {
		r.running = false
	}
}
