package faulty

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
)

// endings are defects of how a session ends, and of what it leaves (R12, R17).
func endings() []Mutant {
	return []Mutant{
		{
			Name: "close hangs", Defect: "its Close doesn't return",
			Caught: []string{"ORD-001"}, Spares: []string{"CAP-004"}, lie: closeHangs,
		},
		{
			Name: "ignore close", Defect: "its Close returns, and does nothing",
			Caught: []string{"ORD-005", "BYT-008", "SNP-007"}, Spares: []string{"ORD-001", "BYT-002", "CAP-004"}, lie: ignoreClose,
		},
		{
			Name: "keep the lock", Defect: "it keeps its lock after Close", Bed: Disk,
			Caught: []string{"ORD-005", "BYT-008", "DUR-001"}, Spares: []string{"ORD-001", "BYT-002", "CAP-004"}, lie: keepLock,
		},
		{
			Name: "hold the host", Defect: "its Close doesn't end the context of an Apply that blocks",
			Caught: []string{"BPR-007"}, Spares: []string{"ORD", "BYT", "CAP"}, lie: holdHost,
		},
	}
}

func closeHangs() lie {
	return lie{close: func(_ context.Context, inner sdk.Backend) error {
		_ = inner.Close(context.Background())
		select {}
	}}
}

func ignoreClose() lie {
	return lie{close: func(context.Context, sdk.Backend) error { return nil }}
}

// keepLock holds a lock of its own for as long as its process lives.
func keepLock() lie {
	return lie{open: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
		fd, err := syscall.Open(filepath.Join(cfg.DataDir, "log.lock"), syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
		if err != nil {
			return err
		}
		if err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			return &sdk.Error{Reason: sdk.ReasonConflict, Message: "the log is locked", Err: errors.Join(err, syscall.Close(fd))}
		}
		return inner.Open(ctx, cfg, sm)
	}}
}

func holdHost() lie {
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		return sm.Apply(context.WithoutCancel(ctx), entries...)
	}}
}
