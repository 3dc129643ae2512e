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
	s := b.current()
	if s == nil || s.ctx.Err() != nil {
		return membership.Closed(sdk.NotAppended)
	}
	select {
	case err := <-s.async(func() error { return s.replaceLog(ctx, 0) }):
		return err
	case <-ctx.Done():
		return membership.GaveUp(ctx, "compact: it goes on without its caller", sdk.Unknown)
	case <-s.ctx.Done():
		return membership.Closed(sdk.Unknown)
	}
}

// replaceLog takes a snapshot and keeps no more than so many entries behind it.
func (s *session) replaceLog(ctx context.Context, trailing uint64) error {
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

const (
	// measureEvery is how often the log is looked at.
	measureEvery = time.Second
	// trailingShare is which part of SnapshotBytes stays behind a snapshot, for
	// followers that are a little late.
	trailingShare = 8
)

// boundLog keeps the log from growing beyond SnapshotBytes: the library counts
// entries, and one of them may be a thousand events.
func (s *session) boundLog() {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return
		}
		size, entries := s.disk.size()
		if size <= s.longest() {
			continue
		}
		trailing := uint64(s.opts.SnapshotBytes/trailingShare) * entries / uint64(size)
		if err := s.replaceLog(s.ctx, trailing); err != nil && s.ctx.Err() == nil {
			s.log.Warn("compaction failed, the log grows until the next attempt", "error", err)
		}
	}
}

// longest is how many bytes the log may have: a snapshot longer than SnapshotBytes
// isn't written more often than the entries are worth.
func (s *session) longest() int64 { return max(s.opts.SnapshotBytes, s.disk.snapshotSize()) }
