package local

import (
	"context"
	"fmt"
	"io"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// pinned is a snapshot of the host that covers the log up to index.
type pinned struct {
	snapshot sdk.Snapshot
	index    uint64
}

// deliver is the one goroutine that calls the host's Restore, Apply and
// Snapshot: first what the disk held at Open, then what the committer writes.
func (s *session) deliver(ctx context.Context) error {
	if err := replay(ctx, s.log, s.base, s.stored, s.sm); err != nil {
		return orderly(ctx, err)
	}
	delivered := s.stored
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case entries := <-s.fresh:
			delivered = entries[len(entries)-1].Index
			err = apply(ctx, s.sm, entries)
		case reply := <-s.pins:
			err = s.pin(ctx, reply, delivered)
		}
		if err != nil {
			return orderly(ctx, err)
		}
	}
}

// pin hands over a snapshot; only the compactor asks, and it waits.
func (s *session) pin(ctx context.Context, reply chan pinned, delivered uint64) error {
	snap, err := s.sm.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("the host can't take a snapshot at %d: %w", delivered, err)
	}
	select {
	case reply <- pinned{snapshot: snap, index: delivered}:
	case <-ctx.Done():
		snap.Release()
	}
	return nil
}

// replay delivers a snapshot and the entries above it, up to last.
func replay(ctx context.Context, l *boltlog.Log, base snapshotFile, last uint64, sm sdk.StateMachine) error {
	err := base.restore(func(r io.Reader) error { return sm.Restore(ctx, r) })
	if err != nil {
		return fmt.Errorf("restore %s: %w", base.path, err)
	}
	for index := base.index + 1; index <= last; {
		entries, err := readGroup(l, index, last)
		if err != nil {
			return err
		}
		if err := apply(ctx, sm, entries); err != nil {
			return err
		}
		index += uint64(len(entries))
	}
	return nil
}

func apply(ctx context.Context, sm sdk.StateMachine, entries []sdk.Entry) error {
	if err := sm.Apply(ctx, entries...); err != nil {
		return fmt.Errorf("the host can't apply %d to %d: %w", entries[0].Index, entries[len(entries)-1].Index, err)
	}
	return nil
}

// orderly drops the error of a call that was ended by the session's end.
func orderly(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}
