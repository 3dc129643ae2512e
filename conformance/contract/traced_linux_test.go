package contract_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// A plugin under strace serves, and ends with its session and with strace.
func TestTracedPluginEnds(t *testing.T) {
	target := liarBinary(t)
	if err := target.Offers(trial.NeedStrace); err != nil {
		t.Skipf("not shown: that a traced plugin ends with its session (%v)", err)
	}
	for name, end := range map[string]func(*trial.Session, context.Context) error{
		"closed": (*trial.Session).Close,
		"killed": (*trial.Session).Kill,
	} {
		t.Run(name, func(t *testing.T) {
			c := trial.Case{ID: "TRC-001", Run: func(ctx context.Context, s *trial.Stage) error {
				n, err := s.Traced(ctx, "n1", s.Machine("n1"), "-o", os.DevNull, "-e", "trace=fsync")
				if trial.IsUnable(err) {
					t.Skipf("not shown: that a traced plugin ends with its session (%v)", err)
				}
				require.NoError(t, err)
				require.NoError(t, n.Open(ctx, func(*sdk.Config) {}))
				require.NoError(t, n.Propose(ctx, []byte("traced")))
				plugin := childOf(t, n.Backend().(sdk.Informer).Info().PID)
				require.True(t, runs(plugin))
				require.NoError(t, end(n, ctx))
				require.Eventually(t, func() bool { return !runs(plugin) }, 10*time.Second, time.Millisecond)
				return nil
			}}
			info, err := target.Info(t.Context())
			require.NoError(t, err)
			_, err = trial.Play(t.Context(), c, trial.Setting{Target: target, Info: info, Dir: filepath.Join(t.TempDir(), "stage")})
			require.NoError(t, err)
		})
	}
}

func childOf(t *testing.T, pid int) string {
	t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	require.NoError(t, err)
	all := strings.Fields(string(children))
	require.Len(t, all, 1)
	return all[0]
}

// runs reports whether a process is there, and isn't just waiting to be reaped.
func runs(pid string) bool {
	line, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	return err == nil && len(line) > 0
}
