package faulty

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chronik-stream/metalog/sdk"
)

// snapshots are defects of snapshots, and of what comes after them (R5, R6).
func snapshots() []Mutant {
	return []Mutant{
		{
			Name: "gap after a snapshot", Defect: "after a Restore it leaves the next entry out",
			Caught: []string{"SNP-001"}, Spares: []string{"ORD", "BYT", "PRP", "CAP"}, lie: gapAfterSnapshot,
		},
		{
			Name: "earlier state", Defect: "its first snapshot is of the state before the session's first entry",
			Caught: []string{"SNP-001", "SNP-007"}, Spares: []string{"ORD", "BYT", "PRP"}, lie: earlierState,
		},
		{
			Name: "older snapshot", Defect: "it restores the first snapshot that was ever taken", Bed: Disk,
			Caught: []string{"SNP-007"}, Spares: []string{"SNP-001", "DUR-001", "CAP"}, lie: olderSnapshot,
		},
		{
			Name: "truncated snapshot", Defect: "it keeps all of a snapshot but the last 8 bytes",
			Caught: []string{"SNP-001", "SNP-007"}, Spares: []string{"ORD", "BYT", "PRP", "CAP"}, lie: truncatedSnapshot,
		},
		{
			Name: "corrupt snapshot", Defect: "it changes a byte of a snapshot",
			Caught: []string{"SNP-001", "SNP-007"}, Spares: []string{"ORD", "BYT", "PRP", "CAP"}, lie: corruptSnapshot,
		},
		{
			Name: "small snapshots only", Defect: "it keeps no more than 16 MiB of a snapshot",
			Caught: []string{"SNP-002"}, Spares: []string{"ORD", "BYT", "PRP", "CAP"}, lie: smallSnapshots,
		},
		{
			Name: "skip the restore", Defect: "it doesn't hand a snapshot to its host, only what comes after",
			Caught: []string{"SNP-001", "SNP-007"}, Spares: []string{"ORD", "BYT", "PRP", "CAP"}, lie: skipRestore,
		},
		{
			Name: "hide a failed snapshot", Defect: "it takes a snapshot that couldn't be written for a whole one",
			Caught: []string{"SNP-004"}, Spares: []string{"ORD", "BYT", "PRP", "CAP", "SNP-001"}, lie: hideFailedSnapshot,
		},
		{
			Name: "stop for snapshots", Defect: "it delivers nothing while a snapshot is written",
			Caught: []string{"SNP-003"}, Spares: []string{"ORD", "BYT", "PRP", "CAP", "SNP-001"}, lie: stopForSnapshots,
		},
		{
			Name: "pretend to compact", Defect: "its Compact does nothing, and says that it has",
			Caught: []string{"SNP-001", "SNP-005"}, Spares: []string{"ORD", "BYT", "PRP", "CAP"}, lie: pretendToCompact,
		},
		{
			Name: "release twice", Defect: "it releases every snapshot twice",
			Caught: []string{"SNP-001", "SNP-005"}, Spares: []string{"ORD", "BYT", "PRP"}, lie: releaseTwice,
		},
		{
			Name: "release never", Defect: "it releases no snapshot",
			Caught: []string{"SNP-004", "SNP-005"}, Spares: []string{"ORD", "BYT", "PRP", "CAP", "SNP-001"}, lie: releaseNever,
		},
	}
}

func gapAfterSnapshot() lie {
	restored := false
	return lie{
		restore: func(ctx context.Context, r io.Reader, sm sdk.StateMachine) error {
			restored = true
			return sm.Restore(ctx, r)
		},
		apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
			if restored {
				entries, restored = entries[1:], false
			}
			return sm.Apply(ctx, entries...)
		},
	}
}

func earlierState() lie {
	var early sdk.Snapshot
	begun := false
	return lie{
		apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) (err error) {
			if !begun {
				begun = true
				if early, err = sm.Snapshot(ctx); err != nil {
					return err
				}
			}
			return sm.Apply(ctx, entries...)
		},
		snapshot: func(ctx context.Context, sm sdk.StateMachine) (sdk.Snapshot, error) {
			if s := early; s != nil {
				early = nil
				return s, nil
			}
			return sm.Snapshot(ctx)
		},
		close: func(ctx context.Context, inner sdk.Backend) error {
			err := inner.Close(ctx)
			if early != nil {
				early.Release()
			}
			return err
		},
	}
}

// olderSnapshot keeps the first one beside its log.
func olderSnapshot() lie {
	var path string
	return lie{
		open: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
			path = filepath.Join(cfg.DataDir, "first")
			return inner.Open(ctx, cfg, sm)
		},
		snapshot: altered(func(s sdk.Snapshot, w io.Writer) (int64, error) {
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				return s.WriteTo(w)
			}
			var first bytes.Buffer
			n, err := s.WriteTo(io.MultiWriter(w, &first))
			if err != nil {
				return n, err
			}
			return n, os.WriteFile(path, first.Bytes(), 0o600)
		}),
		restore: func(ctx context.Context, _ io.Reader, sm sdk.StateMachine) error {
			first, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return sm.Restore(ctx, bytes.NewReader(first))
		},
	}
}

func skipRestore() lie {
	return lie{restore: func(_ context.Context, r io.Reader, _ sdk.StateMachine) error {
		_, err := io.Copy(io.Discard, r)
		return err
	}}
}

func pretendToCompact() lie {
	return lie{compact: func(context.Context, sdk.Backend) error { return nil }}
}
