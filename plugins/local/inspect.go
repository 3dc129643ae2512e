package local

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

const logName = "log.db"

// Inspect delivers what a stopped directory holds, after it has checked all of
// it. It opens everything read-only. Every stored entry is a committed one.
func (b *Backend) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	l, base, err := inspectDir(cfg.DataDir)
	if err != nil {
		return err
	}
	return errors.Join(replay(ctx, l, base, l.Last(), sm), l.Close())
}

// inspectDir reads and checks everything in dir and leaves the log open,
// read-only.
func inspectDir(dir string) (*boltlog.Log, snapshotFile, error) {
	l, err := boltlog.Inspect(filepath.Join(dir, logName), boltlog.Entries, nil)
	if err != nil {
		return nil, snapshotFile{}, err
	}
	base, err := latestSnapshot(dir, l.First(), l.Last())
	if err != nil {
		return nil, snapshotFile{}, errors.Join(boltlog.Opening(dir, err), l.Close())
	}
	return l, base, nil
}

// readGroup copies entries from index on, up to and including last, as many as
// one delivery may hold.
func readGroup(l *boltlog.Log, index, last uint64) ([]sdk.Entry, error) {
	var batch []sdk.Entry
	size := 0
	err := l.Read(index, last, func(i uint64, data []byte) bool {
		size += boltlog.Room + len(data)
		if len(batch) == groupEntries || len(batch) > 0 && size > groupBytes {
			return false
		}
		batch = append(batch, sdk.Entry{Index: i, Data: bytes.Clone(data)})
		return true
	})
	return batch, err
}
