package sdk_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// TestCloseUnlocksWhateverStillHasTheFile: a process that is being started has
// all files of its parent until it runs.
func TestCloseUnlocksWhateverStillHasTheFile(t *testing.T) {
	dir := t.TempDir()
	b := sdk.Guard(&disk{}, local)
	require.NoError(t, b.Open(t.Context(), config(dir), nil))
	keepOpen(t, filepath.Join(dir, "LOCK"))
	require.NoError(t, b.Close(t.Context()))

	next := sdk.Guard(&disk{}, local)
	require.NoError(t, next.Open(t.Context(), config(dir), nil))
	require.NoError(t, next.Close(t.Context()))
}

// keepOpen duplicates this process's descriptor of the file, as fork does.
func keepOpen(t *testing.T, path string) {
	t.Helper()
	wanted, err := os.Stat(path)
	require.NoError(t, err)
	for fd := range 1024 {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) != nil || st.Ino != wanted.Sys().(*syscall.Stat_t).Ino || st.Dev != wanted.Sys().(*syscall.Stat_t).Dev {
			continue
		}
		kept, err := syscall.Dup(fd)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, syscall.Close(kept)) })
		return
	}
	t.Fatalf("nobody has %s open", path)
}
