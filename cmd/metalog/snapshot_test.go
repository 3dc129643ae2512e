package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
)

// spoiler is a node whose snapshots go wrong on their way.
type spoiler struct {
	*host.Store
	write func(w io.Writer) io.Writer
	err   error // after all of it
}

func (s spoiler) Snapshot(ctx context.Context, w io.Writer, o host.SnapshotOptions) (host.SavedSnapshot, error) {
	saved, err := s.Store.Snapshot(ctx, s.write(w), o)
	return saved, errors.Join(err, s.err)
}

type flipping struct{ io.Writer }

func (f flipping) Write(p []byte) (int, error) {
	q := append([]byte(nil), p...)
	q[len(q)/2] ^= 1
	return f.Writer.Write(q)
}

// What was cut off, or changed on its way, leaves no file; one that was there stays.
func TestSaveLeavesNothingThatIsNotWhole(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	hosttest.Fill(t, store)
	same := func(w io.Writer) io.Writer { return w }
	for name, is := range map[string]struct {
		node spoiler
		says string
	}{
		"cut off": {spoiler{store, same, errors.New("the disk fell out")}, "the disk fell out"},
		"changed": {spoiler{store, func(w io.Writer) io.Writer { return flipping{w} }, nil}, "what was saved can't be read back: this snapshot is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			addr, dir := serveHere(t, is.node), t.TempDir()
			kept := filepath.Join(dir, "kept")
			require.NoError(t, os.WriteFile(kept, []byte("old"), 0o600))
			for _, args := range [][]string{{"--out", filepath.Join(dir, "new")}, {"--out", kept, "--force"}} {
				code, stdout, stderr := runAt(t, addr, append([]string{"snapshot", "save", "--timeout", "5s"}, args...)...)
				require.Equal(t, exitError, code, stderr)
				require.Contains(t, stderr, is.says)
				require.Empty(t, stdout)
			}
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, left, 1)
			content, err := os.ReadFile(kept)
			require.NoError(t, err)
			require.Equal(t, "old", string(content))
		})
	}
}

// A migration that can't save what it has sealed says so, and makes nothing.
func TestMigrationOfWhatCannotBeSaved(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	hosttest.Fill(t, store)
	addr := serveHere(t, spoiler{store, func(w io.Writer) io.Writer { return flipping{w} }, nil})
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := runHere(t, "backend", "migrate", "--from", addr, "--to", "local", "--out", out, "--node-id", "n1")
	require.Equal(t, exitError, code, stderr)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "what was saved can't be read back")
	require.Contains(t, stderr, "--abort --from "+addr)
	require.Contains(t, store.Status().SealedTo, out)
	require.NoDirExists(t, out)
}

// A node that is silent is waited for as long as an answer may take.
func TestSaveFromASilentNode(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	hosttest.Fill(t, store)
	addr := serveHere(t, silent{store})
	code, _, stderr := runAt(t, addr, "snapshot", "save", "--timeout", "300ms", "--out", filepath.Join(t.TempDir(), "a"))
	require.Equal(t, exitUnhealthy, code, stderr)
	require.Contains(t, stderr, "nothing has happened for 300ms (--timeout)")
}

type silent struct{ *host.Store }

func (s silent) Snapshot(ctx context.Context, _ io.Writer, _ host.SnapshotOptions) (host.SavedSnapshot, error) {
	<-ctx.Done()
	return host.SavedSnapshot{}, context.Cause(ctx)
}
