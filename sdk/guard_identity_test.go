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
