package raw_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/bench/raw"
	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Three nodes are a cluster, in which all come to the same digest, snapshots or not.
func TestReference(t *testing.T) {
	var peers []sdk.Peer
	for i := range 3 {
		address, err := links.Free()
		require.NoError(t, err)
		peers = append(peers, sdk.Peer{NodeID: fmt.Sprintf("n%d", i), Address: address})
	}
	dir := t.TempDir()
	var all []*raw.Node
	for i, p := range peers {
		cfg := sdk.Config{
			NodeID: p.NodeID, Address: p.Address, DataDir: filepath.Join(dir, p.NodeID), Logger: slog.New(slog.DiscardHandler),
			Options: []byte(`{"snapshot_entries": 10, "snapshot_interval": "10ms", "trailing_entries": 0}`),
		}
		for k, o := range peers {
			if k != i {
				cfg.Peers = append(cfg.Peers, o)
			}
		}
		require.NoError(t, os.Mkdir(cfg.DataDir, 0o700))
		n, err := raw.Open(cfg, nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, n.Close()) })
		all = append(all, n)
	}
	var leader *raw.Node
	require.Eventually(t, func() bool {
		for _, n := range all {
			if n.Leads() {
				leader = n
			}
		}
		return leader != nil
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, leader.Next(t.Context(), nil))
	require.NoError(t, leader.Read(t.Context()))
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 50 {
				if err := leader.Write(t.Context(), fmt.Append(nil, w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	count, digest := leader.State()
	require.EqualValues(t, 201, count)
	require.Eventually(t, func() bool {
		for _, n := range all {
			if c, d := n.State(); c != count || d != digest {
				return false
			}
		}
		return true
	}, 10*time.Second, 5*time.Millisecond, "the nodes' states differ")
	require.Eventually(t, func() bool {
		snapshots, err := filepath.Glob(filepath.Join(dir, "*", "snapshots", "*", "meta.json"))
		return err == nil && len(snapshots) > 0
	}, 10*time.Second, 5*time.Millisecond, "no snapshot was written")
}
