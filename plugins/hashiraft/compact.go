package hashiraft

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/sdk"
)

// Compact takes a snapshot and drops every entry that it covers, also those that
// are otherwise kept for late followers.
func (b *Backend) Compact(ctx context.Context) error {
	s := b.current()
	if s == nil || s.ctx.Err() != nil {
		return errClosed(sdk.NotAppended)
	}
	select {
	case err := <-s.async(func() error { return s.compactNow(ctx) }):
		return err
	case <-ctx.Done():
		return gaveUp(ctx, "compact: it goes on without its caller", sdk.Unknown)
	case <-s.ctx.Done():
		return errClosed(sdk.Unknown)
	}
}

func (s *session) compactNow(ctx context.Context) error {
	s.compact.Lock()
	defer s.compact.Unlock()
	kept := s.raft.ReloadableConfig()
	all := kept
	all.TrailingLogs = 0
	if err := s.raft.ReloadConfig(all); err != nil {
		return internal("compact", err)
	}
	defer func() { _ = s.raft.ReloadConfig(kept) }()
	for {
		err := s.raft.Snapshot().Error()
		switch {
		case err == nil, errors.Is(err, raft.ErrNothingNewToSnapshot):
			s.board.changed()
			return nil
		case errors.Is(err, raft.ErrRaftShutdown):
			return errClosed(sdk.Unknown)
		case !strings.Contains(err.Error(), "wait until the configuration entry"):
			return internal("compact", err)
		}
		pause := time.NewTimer(retryLeader) // the entry is committed, and on its way to the host
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return gaveUp(ctx, "compact", sdk.NotAppended)
		case <-s.ctx.Done():
			pause.Stop()
			return errClosed(sdk.NotAppended)
		}
	}
}
