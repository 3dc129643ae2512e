package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// Compact writes a snapshot and deletes the entries it covers. It waits for
// its turn if a compaction is under way.
func (b *Backend) Compact(ctx context.Context) error {
	s := b.current()
	if s == nil {
		return errClosed()
	}
	answer := make(chan error, 1)
	select {
	case b.asked <- answer:
	case <-s.over:
		return errClosed()
	case <-ctx.Done():
		return gaveUp(ctx, "compact: given up while another one was under way", sdk.Unknown)
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return gaveUp(ctx, "compact: it goes on without its caller", sdk.Unknown)
	}
}

// compact is the one goroutine that writes snapshots and deletes entries.
func (s *session) compact(ctx context.Context) error {
	covered := s.base
	for {
		var answer chan error // nil: nobody waits
		select {
		case <-ctx.Done():
			return nil
		case <-s.due:
		case answer = <-s.asked:
		}
		p, err := s.askPin(ctx)
		if err == nil {
			covered, err = s.replace(ctx, covered, p)
		}
		s.compacted(ctx, covered, err)
		if answer != nil {
			answer <- err
		}
		if broken := (*boltlog.BrokenDiskError)(nil); errors.As(err, &broken) {
			return orderly(ctx, err)
		}
	}
}

// compacted has the status show a compaction, and says when the next one is due.
func (s *session) compacted(ctx context.Context, covered snapshotFile, err error) {
	switch {
	case err == nil:
		s.state.covered.Store(covered.index)
		s.state.limit.Store(s.longest(covered))
		signal(s.shown)
	case ctx.Err() == nil:
		s.logger.Warn("compaction failed, the log grows until the next attempt", "error", err)
		s.state.limit.Store(s.log.Size() + s.longest(covered))
	}
}

// longest is how many bytes of entries may follow a snapshot: one longer than
// CompactBytes isn't written more often than the entries are worth.
func (s *session) longest(covered snapshotFile) int64 {
	return max(s.opts.CompactBytes, covered.size)
}

// replace makes p the snapshot and returns it.
func (s *session) replace(ctx context.Context, covered snapshotFile, p pinned) (snapshotFile, error) {
	defer p.snapshot.Release()
	if p.index > covered.index {
		written, err := writeSnapshot(ctx, s.dir, p.index, p.snapshot)
		if err != nil {
			return covered, fmt.Errorf("write the snapshot at %d: %w", p.index, err)
		}
		covered = written
	}
	if err := s.log.DeleteTo(ctx, covered.index); err != nil {
		return covered, fmt.Errorf("delete the entries up to %d: %w", covered.index, err)
	}
	if err := removeOlder(s.dir, covered.index); err != nil {
		return covered, fmt.Errorf("remove older snapshots: %w", err)
	}
	return covered, nil
}

func (s *session) askPin(ctx context.Context) (pinned, error) {
	reply := make(chan pinned) // 0: a snapshot has an owner at any time
	select {
	case s.pins <- reply:
	case <-ctx.Done():
		return pinned{}, errClosed()
	}
	select {
	case p := <-reply:
		return p, nil
	case <-ctx.Done():
		return pinned{}, errClosed()
	}
}
