package host

import (
	"context"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// rounds let linearizable reads share their questions to the backend: all that
// come while one is under way wait for the next, which begins after them.
type rounds struct {
	wake chan struct{} // 1: somebody waits

	mu   sync.Mutex
	next *round // not begun; nil: nobody waits for one
}

// round is one question and its answer.
type round struct {
	done chan struct{}
	err  error // set before done is closed
}

// end answers everybody in the round. One that ended with its session has no
// answer: whoever waits may join the next.
func (r *round) end(session context.Context, err error) {
	if r.err = err; err != nil && session.Err() != nil {
		r.err = errSessionOver
	}
	close(r.done)
}

func newRounds() *rounds { return &rounds{wake: make(chan struct{}, 1)} }

// join waits for a round that begins after the call, until ctx or over ends.
func (r *rounds) join(ctx context.Context, over <-chan struct{}) error {
	mine := r.upcoming()
	select {
	case <-mine.done:
		return mine.err
	case <-over:
		return errStopping
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *rounds) upcoming() *round {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = &round{done: make(chan struct{})}
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	return r.next
}

// begin closes the next round to newcomers; nil: nobody waits.
func (r *rounds) begin() *round {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.next
	r.next = nil
	return now
}

// barrier asks a session's backend.
type barrier struct {
	rounds  *rounds
	own     *ownEntries
	author  *author
	replica *replica
}

// run serves rounds through s until ctx ends.
func (b *barrier) run(ctx context.Context, s *session) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.rounds.wake:
		}
		if now := b.rounds.begin(); now != nil {
			now.end(ctx, b.ask(ctx, s))
		}
	}
}

// ask returns nil once everything that was acknowledged anywhere before is
// applied here (R15). Without a read barrier an entry without events does it.
func (b *barrier) ask(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	if rb, ok := sdk.As[sdk.ReadBarrierer](s.backend); ok {
		if err := rb.ReadBarrier(ctx); err != nil {
			return err
		}
		b.replica.sync()
		return nil
	}
	return b.own.send(ctx, s.backend, b.author.barrier())
}
