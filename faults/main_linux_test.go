package faults_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/faults"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

var (
	all     = flag.Bool("faults.all", false, "play every scenario, long, and the long tests")
	backend = flag.String("faults.backend", "hashiraft", "a built-in backend or a plugin's path")
	seed    = flag.Uint64("faults.seed", 0, "of whatever is random; 0: the time's")
	rounds  = flag.Uint64("faults.rounds", 1, "how often each scenario is played, each time with the next seed")
	hold    = flag.Duration("faults.hold", 20*time.Second, "how long a fault takes")
	keep    = flag.String("faults.dir", "", "where a failed play is kept (default: the system's directory for temporary files)")
)

// executable is metalog, built once.
var executable string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "metalog-faults-")
	if err == nil {
		executable = filepath.Join(dir, "metalog")
		err = build()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

func build() error {
	out, err := exec.Command("go", "build", "-o", executable, "../cmd/metalog").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building metalog: %w: %s", err, out)
	}
	return nil
}

// identity is what the backend under test says it is.
func identity(t *testing.T) sdk.Identity {
	t.Helper()
	p := launch.Plugin{Path: *backend}
	if filepath.Base(*backend) == *backend {
		p = launch.Plugin{Name: *backend, Path: executable, Args: []string{"__plugin", *backend}}
	}
	info, err := p.Describe(t.Context())
	require.NoError(t, err)
	return sdk.Identity{Plugin: info.Name, DataFormat: info.DataFormat, Claims: info.Claims}
}

// config is of a play whose directory goes if it broke no promise.
func config(t *testing.T, number uint64) faults.Config {
	t.Helper()
	if testing.Short() {
		t.Skip("left out by -short: it starts a cluster of processes")
	}
	if *keep != "" {
		require.NoError(t, os.MkdirAll(*keep, 0o755))
	}
	dir, err := os.MkdirTemp(*keep, "faults-") //nolint:usetesting // it stays when the test fails
	require.NoError(t, err)
	t.Cleanup(func() {
		if !t.Failed() {
			require.NoError(t, os.RemoveAll(dir))
		}
	})
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	return faults.Config{
		Executable: executable, Dir: dir, Backend: *backend, Identity: identity(t),
		Seed: *seed + number, Hold: *hold, Pace: 20 * time.Millisecond, Log: func(line string) { t.Log(line) },
	}
}

func play(t *testing.T, cfg faults.Config, s faults.Scenario) {
	t.Helper()
	result, err := faults.Play(t.Context(), cfg, s)
	require.NoError(t, err)
	t.Logf("seed %d: %s", cfg.Seed, result.History)
	for _, g := range result.Gaps {
		t.Log(g)
	}
}
