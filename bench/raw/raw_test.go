package raw_test

import (
	"fmt"
	"io/fs"
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
	for name, open := range map[string]func(sdk.Config) (raw.Node, error){
		"hashiraft": func(cfg sdk.Config) (raw.Node, error) {
			cfg.Options = []byte(`{"snapshot_entries": 10, "snapshot_interval": "10ms", "trailing_entries": 0}`)
			return raw.OpenHashiraft(cfg, nil)
		},
		"dragonboat": func(cfg sdk.Config) (raw.Node, error) {
			cfg.Options = []byte(`{"snapshot_entries": 10, "trailing_entries": 0}`)
			return raw.OpenDragonboat(cfg, false)
		},
		"dragonboat on pebble": func(cfg sdk.Config) (raw.Node, error) {
			cfg.Options = []byte(`{"snapshot_entries": 10, "trailing_entries": 0}`)
			return raw.OpenDragonboat(cfg, true)
		},
	} {
		t.Run(name, func(t *testing.T) { reference(t, open) })
	}
}

func reference(t *testing.T, open func(sdk.Config) (raw.Node, error)) {
	t.Helper()
	var peers []sdk.Peer
	for i := range 3 {
		address, err := links.Free()
		require.NoError(t, err)
		peers = append(peers, sdk.Peer{NodeID: fmt.Sprintf("n%d", i), Address: address})
	}
	dir := t.TempDir()
	var all []raw.Node
	for i, p := range peers {
		cfg := sdk.Config{
			NodeID: p.NodeID, Address: p.Address, DataDir: filepath.Join(dir, p.NodeID), Logger: slog.New(slog.DiscardHandler),
		}
		for k, o := range peers {
			if k != i {
				cfg.Peers = append(cfg.Peers, o)
			}
		}
		require.NoError(t, os.Mkdir(cfg.DataDir, 0o700))
		n, err := open(cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, n.Close()) })
		all = append(all, n)
	}
	var leader raw.Node
	require.Eventually(t, func() bool {
		for _, n := range all {
			if n.Leads() {
				leader = n
			}
		}
		return leader != nil
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, leader.Write(t.Context(), []byte("first")))
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
	require.Eventually(t, func() bool { return snapshots(t, dir) > 0 }, 10*time.Second, 5*time.Millisecond, "no snapshot was written")
}

// snapshots counts the libraries' own files.
func snapshots(t *testing.T, dir string) (found int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
		if name := filepath.Base(path); name == "meta.json" || filepath.Ext(name) == ".gbsnap" {
			found++
		}
		return nil
	}))
	return found
}
