package dragonboat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	library "github.com/lni/dragonboat/v4"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// Compact takes a snapshot and drops every entry that it covers, also those that
// are otherwise kept for late followers.
func (b *Backend) Compact(ctx context.Context) error {
	s, err := b.Running()
	if err != nil {
		return err
	}
	return s.Replace(ctx, 0)
}

// Replace takes a snapshot and keeps no more than so many entries behind it. It
// returns when the others are deleted.
func (s *session) Replace(ctx context.Context, trailing uint64) error {
	if err := s.compact.Acquire(ctx, 1); err != nil {
		return membership.GaveUp(ctx, "compact: another is under way", sdk.NotAppended)
	}
	defer s.compact.Release(1)
	for attempts := 1; ; attempts++ {
		err := s.snapshot(ctx, trailing)
		ignored := errors.Is(err, errIgnored) && attempts < ignoredAttempts
		if !ignored && !errors.Is(err, sdk.ErrOverloaded) { // another is being taken
			return err
		}
		again := time.NewTimer(membership.RetryLeader)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return membership.GaveUp(ctx, "compact", sdk.NotAppended)
		case <-s.ctx.Done():
			again.Stop()
			return membership.Closed(sdk.NotAppended)
		}
	}
}

func (s *session) snapshot(ctx context.Context, trailing uint64) error {
	request, err := s.node.RequestSnapshot(shard, library.SnapshotOption{
		OverrideCompactionOverhead: true, CompactionOverhead: trailing,
	}, noDeadline)
	if err != nil {
		return ofRequest("compact", err)
	}
	select {
	case r := <-request.AppliedC():
		switch {
		case r.Completed():
			s.disk.files.succeeded()
			s.board.Changed()
			return s.disk.log.awaitBeginning(ctx, r.SnapshotIndex()-min(trailing, r.SnapshotIndex()))
		case r.Rejected() && s.machine.position() <= s.disk.log.snapshotIndex(): // there is nothing new to take
			return nil
		case r.Rejected():
			return membership.Internal("compact: the snapshot wasn't written", fmt.Errorf("%w: %w", errIgnored, cmp.Or(s.whyUnwritten(), errPassedOver)))
		case r.Aborted():
			return membership.Internal("compact: the snapshot wasn't written", s.whyUnwritten())
		}
		return ofResult("compact", r)
	case <-ctx.Done():
		return membership.GaveUp(ctx, "compact: it goes on without its caller", sdk.Unknown)
	case <-s.ctx.Done():
		return membership.Closed(sdk.Unknown)
	}
}

// whyUnwritten is why the last snapshot wasn't written, by the host or the disk.
func (s *session) whyUnwritten() error {
	return cmp.Or(s.machine.whyUnwritten(), s.disk.files.whyUnwritten())
}

var (
	// errIgnored is what the library says where the disk refused to give a snapshot its
	// name, and at the next attempt unless something was applied in between.
	errIgnored    = errors.New("no second attempt is made before another entry comes")
	errPassedOver = errors.New("the library passed it over")
)

// ignoredAttempts bounds how often it is asked again: it may not have noticed yet that
// something was applied.
const ignoredAttempts = 10

// SnapshotSize is how many bytes the newest snapshot has; 0: there is none.
func (s *session) SnapshotSize() int64 { return s.disk.log.snapshotSize() }

// Size is how many bytes the log's entries have, and how many there are. A member that
// isn't started yet has none to replace.
func (s *session) Size() (bytes int64, entries uint64) {
	if s.number.Load() == 0 {
		return 0, 0
	}
	return s.disk.log.size()
}
