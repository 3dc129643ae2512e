package hashiraft

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/raft"

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
	select {
	case err := <-s.async(func() error { return s.Replace(ctx, 0) }):
		return err
	case <-ctx.Done():
		return membership.GaveUp(ctx, "compact: it goes on without its caller", sdk.Unknown)
	case <-s.ctx.Done():
		return membership.Closed(sdk.Unknown)
	}
}

// Replace takes a snapshot and keeps no more than so many entries behind it.
func (s *session) Replace(ctx context.Context, trailing uint64) error {
	s.compact.Lock()
	defer s.compact.Unlock()
	kept := s.raft.ReloadableConfig()
	fewer := kept
	fewer.TrailingLogs = min(kept.TrailingLogs, trailing)
	if err := s.raft.ReloadConfig(fewer); err != nil {
		return membership.Internal("compact", err)
	}
	defer func() { _ = s.raft.ReloadConfig(kept) }()
	for {
		err := s.raft.Snapshot().Error()
		switch {
		case err == nil, errors.Is(err, raft.ErrNothingNewToSnapshot):
			s.board.Changed()
			return nil
		case errors.Is(err, raft.ErrRaftShutdown):
			return membership.Closed(sdk.Unknown)
		case !strings.Contains(err.Error(), "wait until the configuration entry"):
			return membership.Internal("compact", err)
		}
		pause := time.NewTimer(membership.RetryLeader) // the entry is committed, and on its way to the host
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return membership.GaveUp(ctx, "compact", sdk.NotAppended)
		case <-s.ctx.Done():
			pause.Stop()
			return membership.Closed(sdk.NotAppended)
		}
	}
}

// SnapshotSize is how many bytes the newest snapshot has; 0: there is none.
func (s *session) SnapshotSize() int64 { return s.disk.snapshotSize() }

// Size is how many bytes the log's entries have, and how many there are.
func (s *session) Size() (bytes int64, entries uint64) { return s.disk.size() }
