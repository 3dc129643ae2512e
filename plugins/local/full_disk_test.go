package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// reopened checks what a child left against its output.
func reopened(t *testing.T, dir string, lines []string) {
	t.Helper()
	m := newMachine()
	b := open(t, config(dir, sdk.StartRestart), m)
	propose(t, b, "room again")
	m.waitApplied(t, m.status(false).StoredIndex+1)
	shut(t, b)
	there := map[string]bool{}
	for _, d := range m.data {
		there[strings.TrimRight(d, "x")] = true
	}
	for _, l := range lines {
		switch words := strings.Fields(l); {
		case words[0] == "ok":
			require.True(t, there[words[1]], l)
		case strings.HasPrefix(l, "not appended"):
			require.False(t, there[words[2]], l)
		}
	}
}

// A limit on the file's size is no full disk: bbolt can't grow the file, and
// the session ends. It still knows that nothing was written.
func TestFileSizeLimit(t *testing.T) {
	dir := t.TempDir()
	cmd, out := spawn(t, dir, 4, 0, fsizeEnv+"=17000000")
	var lines []string
	for out.Scan() {
		lines = append(lines, out.Text())
	}
	require.NoError(t, cmd.Wait(), lines)
	require.Contains(t, lines[len(lines)-1], "health failed")
	refused := 0
	for _, l := range lines {
		if strings.HasPrefix(l, "not appended") {
			refused++
		}
		require.NotRegexp(t, "^unknown", l)
	}
	require.Equal(t, 4, refused)
	reopened(t, dir, lines)
}

// A full file system refuses writes, surely, and takes them again once there
// is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("can't mount a small file system: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	m := newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 600<<10), 0o600))

	var err error
	var count uint64
	for data := strings.Repeat("x", 10_000); err == nil; {
		if err = b.Propose(t.Context(), []byte(data)); err == nil {
			count++
		}
		require.Less(t, count, uint64(200), "the disk doesn't fill up")
	}
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, "the disk is full")
	require.Equal(t, 1, strings.Count(err.Error(), "log.db"), err.Error())
	m.wait(t, func() bool { return m.last().Health == sdk.HealthDegraded })
	require.True(t, m.status(true).CanPropose)
	require.Error(t, b.Compact(t.Context()), "no room for a snapshot either")
	require.ErrorIs(t, b.Propose(t.Context(), make([]byte, 300<<10)), sdk.ErrNotAppended)

	require.NoError(t, os.Remove(ballast))
	propose(t, b, "room again")
	m.wait(t, func() bool { return m.last().Health == sdk.HealthOK })
	m.waitApplied(t, count+1)
	require.NoError(t, b.Compact(t.Context()))
	propose(t, b, "and more")
	shut(t, b)
	require.Equal(t, []string{"room again", "and more"}, inspect(t, dir).data[count:])
}
