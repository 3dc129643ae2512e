package hashiraft

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// inspectBatch is how many entries are handed over at once.
const inspectBatch = 512

// Inspect delivers what a stopped directory holds, after it has checked all of
// it. Entries beyond the snapshot, and beyond what the last orderly end knew to be
// committed, are marked.
func (b *Backend) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	store, err := inspectStore(cfg.DataDir)
	if err != nil {
		return err
	}
	return errors.Join(store.replay(ctx, sm), store.close())
}

func (s *logStore) replay(ctx context.Context, sm sdk.StateMachine) error {
	if s.newest.index() > 0 {
		if err := restoreTo(ctx, s.newest, sm); err != nil {
			return err
		}
	}
	from, to, err := s.tail()
	if err != nil {
		return err
	}
	committed, err := s.GetUint64([]byte(committedKey))
	if err != nil && !errors.Is(err, errNotFound) {
		return err
	}
	var batch []sdk.Entry
	for i := from; i <= to; i++ {
		var l raft.Log
		if err := s.GetLog(i, &l); err != nil {
			return fmt.Errorf("read entry %d: %w", i, err)
		}
		if l.Type == raft.LogCommand {
			batch = append(batch, sdk.Entry{Index: i, Data: l.Data, Uncommitted: i > committed})
		}
		if len(batch) == inspectBatch || i == to && len(batch) > 0 {
			if err := sm.Apply(ctx, batch...); err != nil {
				return err
			}
			batch = nil
		}
	}
	return nil
}

func restoreTo(ctx context.Context, d snapshotDir, sm sdk.StateMachine) error {
	r, err := d.open()
	if err != nil {
		return membership.Internal("open the snapshot", err)
	}
	if _, err := readHeader(r); err != nil {
		return errors.Join(err, r.Close())
	}
	return errors.Join(sm.Restore(ctx, r), r.Close())
}
