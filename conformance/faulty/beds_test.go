package faulty_test

import (
	"context"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/faulty"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// mutantEnv makes the test binary the plugin that is the named mutant.
const mutantEnv = "METALOG_TEST_MUTANT"

func TestMain(m *testing.M) {
	if name, child := os.LookupEnv(mutantEnv); child {
		m := mutant(name)
		m.Main()
		plugin.Serve(disk(m))
	}
	// A mutant is waited for more than it computes. What the command line says counts.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// honest is the layer without a lie.
const honest = "honest"

func mutant(name string) faulty.Mutant {
	if m, ok := faulty.Find(name); ok {
		return m
	}
	return faulty.Mutant{Name: honest}
}

// target is a mutant on its bed, and dead if it doesn't answer pings.
func target(t *testing.T, m faulty.Mutant, bed faulty.Bed, patience time.Duration) conformance.Target {
	t.Helper()
	switch bed {
	case faulty.Memory:
		return trial.InProcessCluster(m.Name, func(voters ...string) trial.Cluster { return cluster{inmem.NewCluster(voters...), m} })
	case faulty.Alone:
		return conformance.InProcess(alone(m))
	case faulty.Disk:
		return conformance.InProcess(disk(m))
	case faulty.Before:
		return before{conformance.InProcess(disk(mutant(honest))), m}
	case faulty.Process:
		path, err := os.Executable()
		require.NoError(t, err)
		return conformance.Binary(launch.Plugin{
			Name: m.Name, Path: path, Env: []string{mutantEnv + "=" + m.Name}, RunDir: runDir(t), HeartbeatTimeout: 2 * patience,
		}, nil)
	}
	t.Fatalf("no bed %d", bed)
	return nil
}

func runDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

type cluster struct {
	*inmem.Cluster
	mutant faulty.Mutant
}

func (c cluster) Backend(node string) sdk.Backend { return c.mutant.Wrap(c.Cluster.Backend(node)) }

func alone(m faulty.Mutant) plugin.Spec {
	info := inmem.New().(sdk.Informer).Info()
	return plugin.Spec{
		Name: info.Name, Version: info.Version, DataFormat: info.DataFormat, Claims: m.Claims(info.Claims),
		New: func() sdk.Backend { return m.Wrap(inmem.New()) },
	}
}

func disk(m faulty.Mutant) plugin.Spec {
	return plugin.Spec{
		Name: local.Name, Version: local.Version, DataFormat: local.DataFormat, Claims: m.Claims(local.Claims()),
		New: func() sdk.Backend { return m.Wrap(local.New()) },
	}
}

// before has the mutant stand before the guard.
type before struct {
	conformance.Target
	mutant faulty.Mutant
}

func (b before) World(ctx context.Context, dir string, nodes int) (trial.World, error) {
	w, err := b.Target.World(ctx, dir, nodes)
	return beforeWorld{w, b.mutant}, err
}

type beforeWorld struct {
	trial.World
	mutant faulty.Mutant
}

func (w beforeWorld) Backend(ctx context.Context, node string, log trial.Logs) (sdk.Backend, error) {
	b, err := w.World.Backend(ctx, node, log)
	if err != nil {
		return nil, err
	}
	return w.mutant.Wrap(b), nil
}
