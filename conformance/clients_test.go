package conformance_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// hasty is a cluster whose nodes are a little behind, and whose read barriers
// don't wait for that.
type hasty struct{ *inmem.Cluster }

func (h hasty) Backend(node string) sdk.Backend {
	return hastyBackend{h.Cluster.Backend(node).(*inmem.Backend)}
}

type hastyBackend struct{ *inmem.Backend }

func (b hastyBackend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	return b.Backend.Open(ctx, cfg, behind{sm, len(cfg.NodeID) > 0 && cfg.NodeID != "n1"})
}

func (hastyBackend) ReadBarrier(context.Context) error { return nil }

// behind applies a little later than it could.
type behind struct {
	sdk.StateMachine
	late bool
}

func (b behind) Apply(ctx context.Context, entries ...sdk.Entry) error {
	if b.late {
		select {
		case <-time.After(3 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return b.StateMachine.Apply(ctx, entries...)
}

// A stale read is found by both judges, and what they had is kept.
func TestStaleReadsAreFound(t *testing.T) {
	target := trial.InProcessCluster("hasty", func(voters ...string) trial.Cluster {
		return hasty{inmem.NewCluster(voters...)}
	})
	var r report.Result
	for seed := uint64(1); seed <= 5 && !strings.Contains(r.Reason, history.ErrNotLinearizable.Error()); seed++ {
		// a run may be over before anybody reads at a bad time
		rep, err := conformance.Run(t.Context(), target, conformance.Options{Run: []string{"LIN-002"}, Seed: seed, Dir: t.TempDir()})
		require.NoError(t, err)
		r = rep.Results[0]
	}
	require.Equal(t, report.Fail, r.State, r.Reason)
	require.Contains(t, r.Reason, "stale: ")
	require.Contains(t, r.Reason, history.ErrNotLinearizable.Error())
	require.FileExists(t, filepath.Join(r.Kept, "linearizability.html"))
	f, err := os.Open(filepath.Join(r.Kept, "history.json"))
	require.NoError(t, err)
	defer f.Close()
	kept, err := history.Decode(f)
	require.NoError(t, err)
	kept.Foreign = func(string) bool { return true }
	require.NotEmpty(t, history.Judge(kept), "what is kept can be judged again")
}
