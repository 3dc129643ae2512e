package faulty

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/chronik-stream/metalog/sdk"
)

// inspections are defects of reading a stopped directory.
func inspections() []Mutant {
	return []Mutant{
		{
			Name: "inspect the log only", Defect: "its Inspect leaves the snapshot out", Bed: Disk,
			Caught: []string{"INS-001"}, Spares: []string{"DUR-001", "SNP-001", "CAP"}, lie: inspectLog,
		},
		{
			Name: "leave a trace", Defect: "its Inspect writes into the directory", Bed: Disk,
			Caught: []string{"INS-001"}, Spares: []string{"DUR-001", "SNP-001", "CAP"}, lie: leaveTrace,
		},
	}
}

func inspectLog() lie {
	return lie{inspect: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Inspector) error {
		return inner.Inspect(ctx, cfg, machine{sm, skipRestore()})
	}}
}

func leaveTrace() lie {
	return lie{inspect: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Inspector) error {
		err := inner.Inspect(ctx, cfg, sm)
		return errors.Join(err, os.WriteFile(filepath.Join(cfg.DataDir, "inspected"), nil, 0o600))
	}}
}
