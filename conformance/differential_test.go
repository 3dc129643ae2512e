package conformance_test

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// forgetful is a cluster whose nodes get no snapshot: what was compacted is lost
// to a host that starts anew.
type forgetful struct{ *inmem.Cluster }

func (f forgetful) Backend(node string) sdk.Backend {
	return forgetfulBackend{f.Cluster.Backend(node).(*inmem.Backend)}
}

type forgetfulBackend struct{ *inmem.Backend }

func (b forgetfulBackend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	return b.Backend.Open(ctx, cfg, noRestore{sm})
}

type noRestore struct{ sdk.StateMachine }

func (noRestore) Restore(context.Context, io.Reader) error { return nil }

// A backend that loses state in a way that only its meaning shows is found, with
// the few steps that it takes, and a replay of them finds it again.
func TestDifferentialFindsAndKeeps(t *testing.T) {
	target := trial.InProcessCluster("forgetful", func(voters ...string) trial.Cluster {
		return forgetful{inmem.NewCluster(voters...)}
	})
	play := func(replay string) report.Result {
		rep, err := conformance.Run(t.Context(), target, conformance.Options{
			Run: []string{"DIF-001"}, Seed: 3, Dir: t.TempDir(), Replay: replay,
		})
		require.NoError(t, err)
		return rep.Results[0]
	}
	found := play("")
	require.Equal(t, report.Fail, found.State, found.Reason)
	path := found.Kept + "/sequence.json"
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	saved, err := model.DecodeSequence(raw)
	require.NoError(t, err)
	require.LessOrEqual(t, len(saved.Steps), 4, "a write, a compaction, a restart, and whatever shows it:\n%s", saved.Steps)
	again := play(path)
	require.Equal(t, report.Fail, again.State)
	require.Contains(t, again.Reason, saved.Note)
	require.Equal(t, found.Reason[:len(saved.Note)], again.Reason[:len(saved.Note)], "the same steps fail alike")
}

// Two runs with one seed do the same.
func TestOneSeedOneVerdict(t *testing.T) {
	var reasons []string
	for range 2 {
		target := trial.InProcessCluster("forgetful", func(voters ...string) trial.Cluster {
			return forgetful{inmem.NewCluster(voters...)}
		})
		rep, err := conformance.Run(t.Context(), target, conformance.Options{
			Run: []string{"DIF-001", "SNP-001", "ORD-001"}, Seed: 11, Dir: t.TempDir(), Patience: 3 * time.Second,
		})
		require.NoError(t, err)
		reasons = append(reasons, "")
		for _, r := range rep.Results {
			reasons[len(reasons)-1] += r.ID + " " + string(r.State) + " "
		}
		raw, err := os.ReadFile(rep.Results[len(rep.Results)-1].Kept + "/sequence.json")
		require.NoError(t, err)
		reasons[len(reasons)-1] += string(raw)
	}
	require.Equal(t, reasons[0], reasons[1])
}
