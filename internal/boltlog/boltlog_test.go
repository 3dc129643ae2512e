package boltlog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// entry is what append stores at an index.
func entry(index uint64) string { return fmt.Sprintf("entry %d", index) }

func openLog(t *testing.T, path string) *boltlog.Log {
	t.Helper()
	l, err := boltlog.Inspect(path, boltlog.EntriesAndValues, nil)
	require.NoError(t, err)
	require.NoError(t, l.Reopen())
	return l
}

func newLog(t *testing.T) *boltlog.Log {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.db")
	require.NoError(t, boltlog.Ensure(path, boltlog.EntriesAndValues))
	return openLog(t, path)
}

func appendTo(t *testing.T, l *boltlog.Log, n int) {
	t.Helper()
	require.NoError(t, l.Append(values(l.Last()+1, n)))
}

// values are what is stored from an index on.
func values(from uint64, n int) (list [][]byte) {
	for i := range n {
		list = append(list, append(make([]byte, boltlog.Room), entry(from+uint64(i))...))
	}
	return list
}

// holds checks that l has first to last and nothing else, and that its file says
// the same. It returns the log opened again.
func holds(t *testing.T, l *boltlog.Log, first, last uint64) *boltlog.Log {
	t.Helper()
	size := l.Size()
	require.Equal(t, []uint64{first, last}, []uint64{l.First(), l.Last()})
	require.True(t, l.RolledBack())
	require.NoError(t, l.Close())
	next := first
	again, err := boltlog.Inspect(l.Path(), boltlog.EntriesAndValues, func(index uint64, data []byte) error {
		require.Equal(t, next, index)
		require.Equal(t, entry(index), string(data))
		next++
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, last+1, next)
	require.Equal(t, []uint64{first, last}, []uint64{again.First(), again.Last()})
	require.Equal(t, size, again.Size())
	require.NoError(t, again.Reopen())
	return again
}

// What a killed process wrote may be in the page cache only, so Reopen writes and
// syncs before anything is read (R3).
func TestReopenSyncsWhatItFinds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	require.NoError(t, boltlog.Ensure(path, boltlog.Entries))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	l, err := boltlog.Inspect(path, boltlog.Entries, nil)
	require.NoError(t, err)
	require.NoError(t, l.Reopen())
	require.NoError(t, l.Close())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotEqual(t, before, after, "a commit was made")
}

func TestEnsureKeepsWhatIsThere(t *testing.T) {
	l := newLog(t)
	appendTo(t, l, 3)
	require.NoError(t, boltlog.Ensure(l.Path(), boltlog.EntriesAndValues))
	l = holds(t, l, 1, 3)
	require.NoError(t, l.Close())
}

func TestRead(t *testing.T) {
	l := newLog(t)
	appendTo(t, l, 10)
	var got []uint64
	require.NoError(t, l.Read(3, 8, func(index uint64, data []byte) bool {
		require.Equal(t, entry(index), string(data))
		got = append(got, index)
		return index < 6
	}))
	require.Equal(t, []uint64{3, 4, 5, 6}, got)
	require.ErrorContains(t, l.Read(9, 11, func(uint64, []byte) bool { return true }), "index 11: the entry is missing")
	for index, there := range map[uint64]bool{0: false, 1: true, 10: true, 11: false} {
		found, err := l.Get(index, func(data []byte) error {
			require.Equal(t, entry(index), string(data))
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, there, found, index)
	}
	require.NoError(t, l.Close())
}
