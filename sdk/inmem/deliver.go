package inmem

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// work is what the delivery goroutine does next: exactly one of pin, restore
// and entries.
type work struct {
	pin     *pin
	restore []byte
	entries []sdk.Entry
	upTo    uint64 // what the host has afterwards
}

// pin asks the delivery goroutine for a snapshot between two deliveries.
type pin struct {
	ctx   context.Context // of whoever waits for the answer
	reply chan pinned     // 0: a snapshot has an owner at any time; closed at the session's end
}

// pinned is a snapshot that covers the log up to index.
type pinned struct {
	snapshot sdk.Snapshot
	index    uint64
}

// deliver is the one goroutine that calls Apply, Snapshot and Restore. It
// returns nil when it was stopped, or what the state machine said.
func (b *Backend) deliver(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return reasonOf(ctx)
		}
		w, ok := b.cluster.next(b)
		if !ok {
			select {
			case <-ctx.Done():
			case <-b.wake:
			}
			continue
		}
		if err := b.do(ctx, w); err != nil {
			if ctx.Err() != nil {
				return reasonOf(ctx)
			}
			return &sdk.Error{Reason: sdk.ReasonInternal, Message: "the state machine failed", Err: err}
		}
	}
}

// reasonOf tells an orderly stop, which is no error, from End's.
func reasonOf(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (b *Backend) do(ctx context.Context, w work) error {
	switch {
	case w.pin != nil:
		return b.take(ctx, w)
	case w.entries != nil:
		if err := b.sm.Apply(ctx, w.entries...); err != nil {
			return fmt.Errorf("apply up to %d: %w", w.upTo, err)
		}
	default:
		if err := b.sm.Restore(ctx, bytes.NewReader(w.restore)); err != nil {
			return fmt.Errorf("restore %d: %w", w.upTo, err)
		}
	}
	b.cluster.advance(b, w.upTo)
	return nil
}

// take hands a snapshot to whoever asked for it, or releases it if nobody waits
// any more.
func (b *Backend) take(ctx context.Context, w work) error {
	s, err := b.sm.Snapshot(ctx)
	if err != nil {
		close(w.pin.reply)
		return fmt.Errorf("snapshot at %d: %w", w.upTo, err)
	}
	select {
	case w.pin.reply <- pinned{snapshot: s, index: w.upTo}:
	case <-w.pin.ctx.Done():
		s.Release()
	}
	return nil
}

func (b *Backend) pin(ctx context.Context) (pinned, error) {
	p := &pin{ctx: ctx, reply: make(chan pinned)}
	if !b.cluster.ask(b, p) {
		return pinned{}, errClosed()
	}
	select {
	case got, ok := <-p.reply:
		if !ok {
			return pinned{}, errClosed()
		}
		return got, nil
	case <-ctx.Done():
		return pinned{}, &sdk.Error{Reason: sdk.ReasonTimeout, Message: "compact", Err: ctx.Err()}
	}
}
