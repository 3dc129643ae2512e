package faulty

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/chronik-stream/metalog/sdk"
)

// directories are defects of how a data directory is told from another (R16),
// and of the settings that come with it.
func directories() []Mutant {
	return []Mutant{
		{
			Name: "reuse an identity", Defect: "it starts empty in a directory that was wiped", Bed: Before,
			Caught: []string{"OPN-010", "DMG-006"}, Spares: []string{"ORD-001", "ORD-005", "DUR", "SNP-001"}, lie: configured(forgetIdentity),
		},
		{
			Name: "take any directory", Defect: "it doesn't ask whose directory it is", Bed: Before,
			Caught: []string{"OPN-005", "OPN-006"}, Spares: []string{"ORD-001", "ORD-005", "DUR", "SNP-001"}, lie: configured(askNobody),
		},
		{
			Name: "start empty", Defect: "it starts empty under a host that has a state", Bed: Before,
			Caught: []string{"OPN-011"}, Spares: []string{"ORD-001", "ORD-005", "DUR", "SNP-001"},
			lie: configured(func(cfg *sdk.Config) { cfg.Applied = 0 }),
		},
		{
			Name: "start anew", Defect: "it clears a damaged directory away and starts empty", Bed: Disk,
			Caught: []string{"DMG-002", "DMG-003"}, Spares: []string{"ORD-001", "ORD-005", "DUR", "SNP-001", "DMG-001"}, lie: startAnew,
		},
		{
			Name: "ignore settings", Defect: "it takes any setting, and none to heart", Bed: Disk,
			Caught: []string{"OPN-014", "OPN-015", "OPN-016"}, Spares: []string{"ORD-001", "ORD-005", "DUR", "SNP-001"},
			lie: ignoreSettings,
		},
		{
			Name: "open twice", Defect: "it says yes to a second Open of one session", Bed: Before,
			Caught: []string{"OPN-002"}, Spares: []string{"ORD-001", "ORD-005", "DUR", "SNP-001"}, lie: openTwice,
		},
	}
}

// configured changes what a backend is opened with.
func configured(change func(*sdk.Config)) func() lie {
	return func() lie {
		return lie{open: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
			change(&cfg)
			return inner.Open(ctx, cfg, sm)
		}}
	}
}

// What sdk.Guard keeps in a directory.
const (
	identity = "IDENTITY"
	lock     = "LOCK"
)

// forgetIdentity makes a directory with nothing else in it look new.
func forgetIdentity(cfg *sdk.Config) {
	names, _ := os.ReadDir(cfg.DataDir)
	holds := slices.ContainsFunc(names, func(e os.DirEntry) bool { return e.Name() != identity && e.Name() != lock })
	if !holds {
		_ = os.Remove(filepath.Join(cfg.DataDir, identity))
		cfg.Applied = 0
	}
}

// askNobody leaves out what a directory that is in use would be held against.
func askNobody(cfg *sdk.Config) {
	if _, err := os.Stat(filepath.Join(cfg.DataDir, identity)); err == nil {
		cfg.ClusterID, cfg.NodeID = "", ""
	}
}

func ignoreSettings() lie {
	l := configured(func(cfg *sdk.Config) { cfg.Options = nil })()
	l.validate = func(json.RawMessage) error { return nil }
	return l
}

func openTwice() lie {
	opened := false
	return lie{open: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
		if opened {
			return nil
		}
		opened = true
		return inner.Open(ctx, cfg, sm)
	}}
}

// startAnew looks before it opens.
func startAnew() lie {
	return lie{open: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
		if damaged(ctx, cfg, inner) {
			if err := clearAway(cfg.DataDir); err != nil {
				return err
			}
			cfg.Start, cfg.Applied = sdk.StartNew, 0
		}
		return inner.Open(ctx, cfg, sm)
	}}
}

func damaged(ctx context.Context, cfg sdk.Config, b sdk.Backend) bool {
	i, ok := b.(sdk.Inspector)
	return ok && cfg.Start == sdk.StartRestart && errors.Is(i.Inspect(ctx, cfg, nobody{}), sdk.ErrCorrupt)
}

func clearAway(dir string) error {
	names, err := os.ReadDir(dir)
	for _, e := range names {
		if e.Name() != identity && e.Name() != lock {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// nobody is a host that keeps nothing.
type nobody struct{}

func (nobody) Apply(context.Context, ...sdk.Entry) error      { return nil }
func (nobody) Snapshot(context.Context) (sdk.Snapshot, error) { return nil, errors.ErrUnsupported }
func (nobody) Restore(_ context.Context, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
func (nobody) SetStatus(sdk.Status) {}
