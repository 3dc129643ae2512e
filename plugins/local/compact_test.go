package local_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

func snapshotsIn(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "snapshot-*"))
	require.NoError(t, err)
	for i := range found {
		found[i] = strings.TrimLeft(strings.TrimPrefix(filepath.Base(found[i]), "snapshot-"), "0")
	}
	return found
}

func TestCompactAtOnce(t *testing.T) {
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	require.NoError(t, b.Compact(t.Context()), "nothing to compact")
	require.Empty(t, snapshotsIn(t, dir))
	propose(t, b, "a", "b")
	require.NoError(t, b.Compact(t.Context()))
	require.Equal(t, []string{"2"}, snapshotsIn(t, dir))
	m.wait(t, func() bool { return m.last().Details["snapshot_index"] == "2" })
	require.NoError(t, b.Compact(t.Context()), "nothing new to compact")
	propose(t, b, "c")
	require.NoError(t, b.Compact(t.Context()))
	require.Equal(t, []string{"3"}, snapshotsIn(t, dir))
	propose(t, b, "d")
	m.waitApplied(t, 4)
	shut(t, b)
	require.Equal(t, 4, m.released)

	again := newMachine()
	b = open(t, config(dir, sdk.StartRestart), again)
	again.waitApplied(t, 4)
	require.Equal(t, []string{"a", "b", "c", "d"}, again.data)
	require.Equal(t, []uint64{4}, again.raw)
	require.Equal(t, 1, again.restored)
	require.EqualValues(t, 4, again.status(false).StoredIndex)
	require.Equal(t, "3", again.status(false).Details["snapshot_index"])
	require.NoError(t, b.Compact(t.Context()))
	shut(t, b)

	again = newMachine()
	b = open(t, config(dir, sdk.StartRestart), again)
	propose(t, b, "e")
	again.waitApplied(t, 5)
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, again.data)
	require.Equal(t, []uint64{5}, again.raw)
	shut(t, b)
}

func TestCompactionPastASize(t *testing.T) {
	const writers, each = 8, 100
	dir, m := t.TempDir(), newMachine()
	cfg := config(dir, sdk.StartNew)
	cfg.Options = []byte(`{"compact_bytes": 4096}`)
	b := open(t, cfg, m)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := b.Propose(t.Context(), fmt.Appendf(nil, "%d/%0100d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	m.wait(t, func() bool { return m.applied == writers*each && m.released > 0 })
	require.NoError(t, b.Compact(t.Context()))
	shut(t, b)
	require.Equal(t, []string{strconv.Itoa(writers * each)}, snapshotsIn(t, dir))

	again := newMachine()
	b = open(t, cfg, again)
	again.waitApplied(t, writers*each)
	require.Equal(t, m.data, again.data)
	shut(t, b)
}

func TestAFailedSnapshotLeavesTheLogAsItWas(t *testing.T) {
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	propose(t, b, "a", "b")
	obstacle := filepath.Join(dir, fmt.Sprintf("snapshot-%020d.tmp", 2))
	require.NoError(t, os.Mkdir(obstacle, 0o700))
	require.ErrorContains(t, b.Compact(t.Context()), "write the snapshot at 2")
	require.NoError(t, os.Remove(obstacle))
	require.NoError(t, b.Compact(t.Context()))
	propose(t, b, "c")
	shut(t, b)

	again := newMachine()
	b = open(t, config(dir, sdk.StartRestart), again)
	again.waitApplied(t, 3)
	require.Equal(t, []string{"a", "b", "c"}, again.data)
	shut(t, b)
}

func TestUnfinishedFilesAreRemoved(t *testing.T) {
	dir := filled(t, 3)
	mine := filepath.Join(dir, fmt.Sprintf("snapshot-%020d.tmp", 3))
	other := filepath.Join(dir, "notes.tmp")
	require.NoError(t, os.WriteFile(mine, []byte("half"), 0o600))
	require.NoError(t, os.WriteFile(other, nil, 0o600))
	inspect(t, dir)
	require.FileExists(t, mine)
	m := newMachine()
	b := open(t, config(dir, sdk.StartRestart), m)
	m.waitApplied(t, 3)
	shut(t, b)
	require.NoFileExists(t, mine)
	require.FileExists(t, other)
}

// A crash between the rename of a snapshot and the deletion of what it covers
// leaves both.
func TestSnapshotAndItsEntriesMayBothBeThere(t *testing.T) {
	dir := filled(t, 5)
	log, err := os.ReadFile(filepath.Join(dir, "log.db"))
	require.NoError(t, err)
	m := newMachine()
	b := open(t, config(dir, sdk.StartRestart), m)
	require.NoError(t, b.Compact(t.Context()))
	shut(t, b)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "log.db"), log, 0o600))

	m = newMachine()
	b = open(t, config(dir, sdk.StartRestart), m)
	propose(t, b, "more")
	m.waitApplied(t, 6)
	require.Equal(t, []uint64{6}, m.raw)
	require.NoError(t, b.Compact(t.Context()))
	require.Equal(t, []string{"6"}, snapshotsIn(t, dir))
	shut(t, b)
}

func TestCompactGivesUpWithItsCaller(t *testing.T) {
	m := newMachine()
	m.gate = make(chan struct{})
	b := open(t, config(t.TempDir(), sdk.StartNew), m)
	propose(t, b, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.Compact(ctx), sdk.ErrTimeout)
	close(m.gate)
	require.NoError(t, b.Compact(t.Context()))
	shut(t, b)
	require.ErrorIs(t, b.Compact(t.Context()), sdk.ErrClosed)
	require.ErrorIs(t, local.New().(sdk.Compacter).Compact(t.Context()), sdk.ErrClosed)
}

// endless is a host whose snapshots never end.
type endless struct {
	*machine
	begun chan struct{}
}

func (e *endless) Snapshot(context.Context) (sdk.Snapshot, error) { return e, nil }

func (e *endless) WriteTo(w io.Writer) (n int64, err error) {
	close(e.begun)
	for piece := make([]byte, 1<<20); err == nil; {
		var m int
		m, err = w.Write(piece[:1000+int(n)%len(piece)/2])
		n += int64(m)
	}
	return n, err
}

func (e *endless) Release() { e.update(func() { e.released++ }) }

func TestCloseEndsASnapshot(t *testing.T) {
	dir := t.TempDir()
	e := &endless{machine: newMachine(), begun: make(chan struct{})}
	b := open(t, config(dir, sdk.StartNew), e)
	propose(t, b, "a")
	done := make(chan error)
	go func() { done <- b.Compact(t.Context()) }()
	<-e.begun
	propose(t, b, "meanwhile")
	shut(t, b)
	require.ErrorIs(t, <-done, context.Canceled)
	require.Equal(t, 1, e.released)
	names, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, names, 1)
	require.Len(t, inspect(t, dir).data, 2)
}

// A snapshot of many fsyncs is one snapshot.
func TestLongSnapshot(t *testing.T) {
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	for range 9 {
		propose(t, b, strings.Repeat("y", 1<<20))
	}
	require.NoError(t, b.Compact(t.Context()))
	shut(t, b)
	require.Equal(t, m.data, inspect(t, dir).data)
}

// filled leaves a closed directory of n entries.
func filled(t *testing.T, n int) string {
	t.Helper()
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	for i := range n {
		propose(t, b, fmt.Sprintf("entry %d %s", i+1, strings.Repeat("x", 200)))
	}
	m.waitApplied(t, uint64(n))
	shut(t, b)
	return dir
}

// inspect returns what Inspector delivers.
func inspect(t *testing.T, dir string) *machine {
	t.Helper()
	m := newMachine()
	require.NoError(t, local.New().(sdk.Inspector).Inspect(t.Context(), sdk.Config{DataDir: dir}, m))
	return m
}

func TestInspectEqualsWhatWasApplied(t *testing.T) {
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	propose(t, b, "a", "b")
	require.NoError(t, b.Compact(t.Context()))
	for i := range 600 {
		propose(t, b, strconv.Itoa(i))
	}
	m.waitApplied(t, 602)
	shut(t, b)
	before := contents(t, dir)
	got := inspect(t, dir)
	require.Equal(t, m.data, got.data)
	require.Equal(t, 1, got.restored)
	require.EqualValues(t, 3, got.raw[0])
	require.Len(t, got.raw, 600)
	require.Equal(t, before, contents(t, dir))
	require.ErrorIs(t, local.New().(sdk.Inspector).Inspect(t.Context(), sdk.Config{DataDir: t.TempDir()}, m), sdk.ErrCorrupt)
}

// contents is a checksum of every file of dir.
func contents(t *testing.T, dir string) map[string]uint32 {
	t.Helper()
	all := map[string]uint32{}
	names, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n.Name()))
		require.NoError(t, err)
		all[n.Name()] = crc32.ChecksumIEEE(b)
	}
	return all
}
