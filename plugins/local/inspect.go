package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chronik-stream/metalog/sdk"
)

// Inspect delivers what a stopped directory holds, after it has checked all of
// it. It opens everything read-only. Every stored entry is a committed one.
func (b *Backend) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	l, base, err := inspectDir(cfg.DataDir)
	if err != nil {
		return err
	}
	return errors.Join(replay(ctx, l, base, l.last, sm), l.db.Close())
}

// inspectDir reads and checks everything in dir and leaves the log open,
// read-only.
func inspectDir(dir string) (*log, snapshotFile, error) {
	l, err := inspectLog(dir)
	if err != nil {
		return nil, snapshotFile{}, err
	}
	base, err := latestSnapshot(dir, l.first, l.last)
	if err != nil {
		return nil, snapshotFile{}, errors.Join(opening(dir, err), l.db.Close())
	}
	return l, base, nil
}

// ensureLog makes the log of a new directory, unless an earlier Open did.
func ensureLog(dir string) error {
	_, err := os.Stat(filepath.Join(dir, logName))
	if errors.Is(err, fs.ErrNotExist) {
		return createLog(dir)
	}
	return err
}
