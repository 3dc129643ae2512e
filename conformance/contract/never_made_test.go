package contract_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// founding is a target whose backends make whatever directory they are told.
type founding struct{ trial.Target }

func (f founding) World(ctx context.Context, dir string, nodes int) (trial.World, error) {
	w, err := f.Target.World(ctx, dir, nodes)
	info, _ := f.Info(ctx) // it is in process
	return foundingWorld{w, info}, err
}

type foundingWorld struct {
	trial.World
	info sdk.Info
}

func (w foundingWorld) Backend(ctx context.Context, node string, log trial.Logs) (sdk.Backend, error) {
	b, err := w.World.Backend(ctx, node, log)
	return founder{b, sdk.Identity{Plugin: w.info.Name, DataFormat: w.info.DataFormat}}, err
}

type founder struct {
	sdk.Backend
	id sdk.Identity
}

func (f founder) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	cfg.Start = sdk.StartNew
	_ = sdk.InitDirectory(cfg, f.id) // fails where there is something
	return f.Backend.Open(ctx, cfg, sm)
}

// A replicated backend that makes a directory by itself begins a second cluster.
func TestNeverMade(t *testing.T) {
	spec := carelessSpec()
	spec.Claims = append(spec.Claims, sdk.Replicated)
	honest := trial.InProcess(spec)
	info, err := honest.Info(t.Context())
	require.NoError(t, err)
	play := func(target trial.Target) error {
		_, err := trial.Play(t.Context(), caseOf(t, "OPN-020"), trial.Setting{
			Target: target, Info: info, Dir: filepath.Join(t.TempDir(), "case"), Seed: 1,
		})
		return err
	}
	require.NoError(t, play(honest))
	require.ErrorContains(t, play(founding{honest}), "Open went well")
}
