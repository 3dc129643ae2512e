package sdk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// goldenIdentity is what was written once, and must be readable for ever.
const goldenIdentity = `{
  "cluster_id": "c1",
  "node_id": "n1",
  "directory": "4b1f3c8e-1111-4222-8333-444455556666",
  "plugin": "local",
  "data_format": 2,
  "start": "restart",
  "sum": "b631f505"
}
`

func TestIdentityFormat(t *testing.T) {
	dir, d := t.TempDir(), &disk{}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "IDENTITY"), []byte(goldenIdentity), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), nil, 0o600))
	b := sdk.Guard(d, local)
	require.NoError(t, b.Open(t.Context(), sdk.Config{DataDir: dir}, nil))
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, sdk.StartRestart, d.cfg.Start)
	require.Equal(t, "c1", d.cfg.ClusterID)
	require.Equal(t, "n1", d.cfg.NodeID)
}

// A node's address and its peers are said once, when its directory is made. A
// caller that says others means them.
func TestDirectoryKnowsItsPeers(t *testing.T) {
	dir, peers := filepath.Join(t.TempDir(), "n1"), []sdk.Peer{{NodeID: "n2", Address: "b:1"}, {NodeID: "n3", Address: "c:1"}}
	replicated := sdk.Identity{Plugin: "local", DataFormat: 2, Claims: sdk.Claims{sdk.Durable, sdk.Replicated}}
	made := sdk.Config{DataDir: dir, NodeID: "n1", Start: sdk.StartNew, Address: "a:1", Peers: peers}
	require.NoError(t, sdk.InitDirectory(made, replicated))
	directory := ""
	for _, start := range []sdk.Start{sdk.StartNew, sdk.StartRestart} {
		d := &disk{}
		b := sdk.Guard(d, replicated)
		require.NoError(t, b.Open(t.Context(), sdk.Config{DataDir: dir}, nil))
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, start, d.cfg.Start)
		require.Equal(t, "a:1", d.cfg.Address)
		require.Equal(t, peers, d.cfg.Peers)
		require.NotEmpty(t, d.cfg.Directory)
		require.Equal(t, directory == "", start == sdk.StartNew)
		require.True(t, directory == "" || directory == d.cfg.Directory, "the directory stays the same one")
		directory = d.cfg.Directory
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), nil, 0o600))
	}
	d := &disk{}
	b := sdk.Guard(d, replicated)
	require.NoError(t, b.Open(t.Context(), sdk.Config{DataDir: dir, Address: "z:1", Peers: peers[:1]}, nil))
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, "z:1", d.cfg.Address)
	require.Equal(t, peers[:1], d.cfg.Peers)
}

// Whatever bytes stand in IDENTITY: they are refused by name, or they are an
// identity with the right sum.
func FuzzIdentity(f *testing.F) {
	f.Add([]byte(goldenIdentity))
	f.Add([]byte(`{}`))
	f.Add([]byte{})
	dir := f.TempDir()
	require.NoError(f, os.WriteFile(filepath.Join(dir, "data"), nil, 0o600))
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "IDENTITY"), content, 0o600))
		b := sdk.Guard(&disk{}, local)
		if err := b.Open(t.Context(), sdk.Config{DataDir: dir}, nil); err != nil {
			require.True(t, sdk.Terminal(err), err)
			return
		}
		require.NoError(t, b.Close(t.Context()))
	})
}
