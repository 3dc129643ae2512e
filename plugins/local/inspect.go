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
	l, err := inspectLog(cfg.DataDir)
	if err != nil {
		return err
	}
	base, err := latestSnapshot(cfg.DataDir, l.first, l.last)
	if err == nil {
		err = replay(ctx, l, base, l.last, sm)
	}
	return errors.Join(err, l.db.Close())
}

// ensureLog makes the log of a new directory, unless an earlier Open did.
func ensureLog(dir string) error {
	_, err := os.Stat(filepath.Join(dir, logName))
	if errors.Is(err, fs.ErrNotExist) {
		return createLog(dir)
	}
	return err
}
