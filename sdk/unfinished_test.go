package sdk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// A directory for a state that is yet to come says so until it has begun to come, and
// is otherwise like any.
func TestUnfinishedDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "n1")
	made := sdk.Config{DataDir: dir, NodeID: "n1", ClusterID: "c1", Start: sdk.StartNew}
	require.NoError(t, sdk.Vacant(dir))
	require.NoError(t, sdk.Unfinished(dir))
	require.NoDirExists(t, dir)
	require.NoError(t, sdk.InitUnfinished(made, local, "a migration"))
	require.ErrorIs(t, sdk.Vacant(dir), sdk.ErrWrongData)
	err := sdk.Unfinished(dir)
	require.ErrorIs(t, err, sdk.ErrWrongData)
	require.ErrorContains(t, err, "a migration")
	owner, err := sdk.OwnerOf(dir)
	require.NoError(t, err)
	require.Equal(t, sdk.Owner{Plugin: local.Plugin, ClusterID: "c1", NodeID: "n1"}, owner)

	d := &disk{}
	b := sdk.Guard(d, local)
	require.NoError(t, b.Open(t.Context(), sdk.Config{DataDir: dir}, nil))
	require.NoError(t, sdk.Begun(dir))
	require.NoError(t, sdk.Begun(dir))
	require.NoError(t, sdk.Unfinished(dir))
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, sdk.StartNew, d.cfg.Start)
}

// Whoever was killed between the mark and IDENTITY left a directory that may be made.
func TestUnfinishedBeforeItWasMade(t *testing.T) {
	dir := t.TempDir()
	made := sdk.Config{DataDir: dir, NodeID: "n1", Start: sdk.StartNew}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "UNFINISHED"), []byte("a migration\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "UNFINISHED.tmp"), []byte("a migr"), 0o600))
	require.ErrorIs(t, sdk.Unfinished(dir), sdk.ErrWrongData)
	require.NoError(t, sdk.Vacant(dir))
	require.NoError(t, sdk.InitUnfinished(made, local, "a restore"))
	require.ErrorContains(t, sdk.Unfinished(dir), "a restore")
	require.ErrorIs(t, sdk.InitUnfinished(made, local, "another"), sdk.ErrWrongData)
	require.ErrorContains(t, sdk.Unfinished(dir), "a restore", "one that is refused changes nothing")
}

func TestOwnerOfNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := sdk.OwnerOf(dir)
	require.ErrorIs(t, err, sdk.ErrWrongData)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "IDENTITY"), []byte("{}"), 0o600))
	_, err = sdk.OwnerOf(dir)
	require.ErrorIs(t, err, sdk.ErrCorrupt)
	require.ErrorIs(t, sdk.Vacant(dir), sdk.ErrCorrupt)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	require.Error(t, sdk.Vacant(filepath.Join(dir, "file")))
}
