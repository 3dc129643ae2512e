package contract_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/conformance/contract"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// liarEnv makes this test binary a plugin that claims to be durable and isn't.
const liarEnv = "METALOG_TEST_LIAR"

func TestMain(m *testing.M) {
	if os.Getenv(liarEnv) != "" {
		plugin.Serve(liarSpec())
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func liarSpec() plugin.Spec {
	return plugin.Spec{
		Name: "liar", Version: "1.0.0", DataFormat: 1, Claims: sdk.Claims{sdk.Durable},
		New: func() sdk.Backend { return &liar{Backend: inmem.New()} },
	}
}

// liar keeps everything in memory, and a file in the directory for show.
type liar struct{ sdk.Backend }

func (l *liar) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if err := os.WriteFile(filepath.Join(cfg.DataDir, "log"), []byte("all of it, honestly"), 0o600); err != nil {
		return err
	}
	return l.Backend.Open(ctx, cfg, sm)
}

// What a liar must fail, and what the failure says.
var liarFails = map[string]string{
	"KIL-001": "lost: ",
	"KIL-002": "stored_index is 0, and index",
	"KIL-003": "what was delivered before the kill isn't what is delivered after it",
	"KIL-005": "didn't come to pass",
	"KIL-006": "lost: ",
	"DMG-001": "didn't come to pass",
	"DMG-005": "nothing had happened to the directory",
	"STR-001": "without any fsync of a file in the data directory",
}

func TestLiar(t *testing.T) {
	t.Parallel()
	requireFails(t, liarBinary(t), liarFails)
}

func liarBinary(t *testing.T) trial.Target {
	t.Helper()
	runDir, err := os.MkdirTemp("", "ml") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(runDir) })
	self, err := os.Executable()
	require.NoError(t, err)
	return trial.Binary(launch.Plugin{
		Name: "liar", Path: self, RunDir: runDir, Env: []string{liarEnv + "=1", "GORACE=atexit_sleep_ms=0"},
	}, nil)
}

func TestLiarInProcess(t *testing.T) {
	t.Parallel()
	target := trial.InProcess(liarSpec())
	fails := map[string]string{}
	for id, says := range liarFails {
		if offers(t, target, id) == nil {
			fails[id] = says
		}
	}
	require.Contains(t, fails, "DMG-001")
	requireFails(t, target, fails)
}

func requireFails(t *testing.T, target trial.Target, fails map[string]string) {
	t.Helper()
	info, err := target.Info(t.Context())
	require.NoError(t, err)
	for id, says := range fails {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			_, err := trial.Play(t.Context(), caseOf(t, id), trial.Setting{
				Target: target, Info: info, Dir: filepath.Join(t.TempDir(), id), Seed: 1,
			})
			if trial.IsUnable(err) {
				t.Skipf("not shown: that a liar fails %s (%v)", id, err)
			}
			require.Error(t, err)
			require.False(t, trial.IsHarness(err), "%v", err)
			require.ErrorContains(t, err, says)
		})
	}
}

// offers says what keeps a case from being played on target, which claims to be
// durable.
func offers(t *testing.T, target trial.Target, id string) error {
	t.Helper()
	for _, need := range caseOf(t, id).Needs {
		if err := target.Offers(need); err != nil && need != trial.NeedLasting {
			return err
		}
	}
	return nil
}

func caseOf(t *testing.T, id string) trial.Case {
	t.Helper()
	for _, c := range contract.Cases() {
		if c.ID == id {
			return c
		}
	}
	require.FailNow(t, "no such case", id)
	return trial.Case{}
}
