package launch_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

func TestRunDirIsPrivate(t *testing.T) {
	p, _ := child(t, "plain")
	p.RunDir = filepath.Join(shortDir(t), "a", "run") // made when needed
	b, _ := start(t, p)
	rooms := ls(t, p.RunDir)
	require.Len(t, rooms, 1)
	for _, dir := range []string{p.RunDir, filepath.Join(p.RunDir, rooms[0])} {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, os.ModeDir|0o700, info.Mode(), dir)
	}
	sockets, err := filepath.Glob(filepath.Join(p.RunDir, rooms[0], "plugin*"))
	require.NoError(t, err)
	require.NotEmpty(t, sockets)
	require.NoError(t, b.Close(t.Context()))
	require.Empty(t, ls(t, p.RunDir))
}

// Only what belongs to a dead host is swept.
func TestSweepSparesTheLiving(t *testing.T) {
	p, _ := child(t, "plain")
	require.NoError(t, os.Mkdir(filepath.Join(p.RunDir, "p123"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(p.RunDir, "p123", "plugin456"), nil, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(p.RunDir, "else"), 0o700))
	b, m := start(t, p)
	living := ls(t, p.RunDir)
	require.NotContains(t, living, "p123")

	_, err := p.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, living, ls(t, p.RunDir))
	require.NoError(t, b.Propose(t.Context(), nil))
	m.await(t, 1)
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, []string{"else"}, ls(t, p.RunDir))
}

func TestUnusableRunDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	open := filepath.Join(t.TempDir(), "open")
	require.NoError(t, os.Mkdir(open, 0o700))
	require.NoError(t, os.Chmod(open, 0o777))
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(t.TempDir(), link))
	for _, c := range []struct{ name, dir, says string }{
		{"too long", filepath.Join(t.TempDir(), strings.Repeat("x", 90)), "too long for a socket"},
		{"a file", file, "not a directory"},
		{"a link", link, "not a directory"},
		{"writable by others", open, "others may write to it (mode 0777)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := child(t, "plain")
			p.RunDir = c.dir
			_, err := p.Open(t.Context())
			require.ErrorIs(t, err, sdk.ErrInvalidConfig)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "--run-dir")
		})
	}
}

// A node whose plugin has crashed must come back once the machine has room again.
func TestShortageIsNotTerminal(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOSPC, syscall.ENOMEM} {
		cause := &os.PathError{Op: "mkdir", Path: "/run/metalog/p1", Err: errno}
		for _, err := range []error{launch.RunDirError(cause), launch.Unusable(cause)} {
			require.False(t, sdk.Terminal(err), err)
			require.ErrorIs(t, err, errno)
			require.ErrorIs(t, err, sdk.ErrNotAppended)
		}
	}
	require.True(t, sdk.Terminal(launch.RunDirError(syscall.EACCES)))
	require.True(t, sdk.Terminal(launch.Unusable(syscall.EACCES)))
}
