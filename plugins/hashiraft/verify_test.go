package hashiraft

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// compacted leaves a closed directory: a snapshot at 10, entries 8 to 12.
func compacted(t *testing.T) (dir string, newest snapshotDir) {
	t.Helper()
	s := newTest(t)
	require.NoError(t, errors.Join(s.StoreLogs(run(1, 12, 2)), snap(s, 4, 2), snap(s, 10, 2), s.DeleteRange(1, 7)))
	newest, err := newestSnapshot(s.dir)
	require.NoError(t, err)
	require.NoError(t, s.close())
	return s.dir, newest
}

func TestALogIsMadeOnlyOnce(t *testing.T) {
	dir := t.TempDir()
	require.Contains(t, refused(t, dir).Message, "log.db is missing: this directory has been used before")
	for _, start := range []sdk.Start{sdk.StartNew, sdk.StartNew, sdk.StartJoin, sdk.StartRestart} {
		require.NoError(t, openTest(t, dir, start).close())
	}
}

func TestDamagedSnapshots(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		to   func(string) string
		says string
	}{
		"state missing":     {stateName, nil, "is missing"},
		"meta missing":      {metaName, nil, "is missing"},
		"state empty":       {stateName, func(string) string { return "" }, "0 bytes long"},
		"state torn":        {stateName, func(b string) string { return b[:len(b)/2] }, "bytes long instead of"},
		"state changed":     {stateName, func(b string) string { return "T" + b[1:] }, "the checksum of the snapshot is wrong"},
		"meta torn":         {metaName, func(b string) string { return b[:len(b)/2] }, "doesn't fit meta.json"},
		"a member changed":  {metaName, func(b string) string { return swap(b, "7001", "7000") }, "doesn't fit meta.json"},
		"the index changed": {metaName, func(b string) string { return swap(b, `"Index":10`, `"Index":11`) }, "doesn't fit meta.json"},
		"the seal changed":  {sealName, func(b string) string { return "x" + b[1:] }, "doesn't fit meta.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, newest := compacted(t)
			path := filepath.Join(newest.path, c.file)
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.Remove(path))
			if c.to != nil {
				require.NoError(t, os.WriteFile(path, []byte(c.to(string(b))), 0o600))
			}
			e := refused(t, dir)
			require.Contains(t, e.Message, newest.path)
			require.Contains(t, e.Message, "index 10")
			require.Contains(t, e.Message, c.says)
		})
	}
}

func TestDamagedMetaWithoutASeal(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"torn":       func(b string) string { return b[:len(b)/2] },
		"index":      func(b string) string { return swap(b, `"Index":10`, `"Index":11`) },
		"term":       func(b string) string { return swap(b, `"Term":2`, `"Term":1`) },
		"no members": func(b string) string { return swap(b, `"Servers"`, `"Service"`) },
		"version":    func(b string) string { return swap(b, `"Version":1`, `"Version":0`) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, newest := compacted(t)
			path := filepath.Join(newest.path, metaName)
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, []byte(change(string(b))), 0o600))
			require.NoError(t, os.Remove(filepath.Join(newest.path, sealName)))
			require.Contains(t, refused(t, dir).Message, path)
		})
	}
}

func TestALostSnapshot(t *testing.T) {
	dir, newest := compacted(t)
	require.NoError(t, os.RemoveAll(newest.path))
	require.Contains(t, refused(t, dir).Message, "a later snapshot is missing, the log begins at 8")
	require.NoError(t, os.RemoveAll(filepath.Dir(newest.path)))
	require.Contains(t, refused(t, dir).Message, "the snapshot is missing, the log begins at 8")
}

func swap(b, old, with string) string { return strings.Replace(b, old, with, 1) }

// A log that was put back to an earlier time has an earlier term and vote.
func TestTermsNeverGoBack(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(s *logStore) error
		says string
	}{
		"within the log":     {func(s *logStore) error { return s.StoreLogs(run(4, 1, 2)) }, "index 4: it is of term 2, the one before of term 3"},
		"above the node's":   {func(s *logStore) error { return s.StoreLogs(run(4, 1, 10)) }, "and the node's term is 9"},
		"in the snapshot":    {func(s *logStore) error { return snap(s, 2, 10) }, "the node's term is 9"},
		"not stored at all":  {func(s *logStore) error { return s.SetUint64([]byte(keyTerm), 0) }, "and the node's term is 0"},
		"not an entry of us": {func(s *logStore) error { return s.log.Append([][]byte{append(make([]byte, boltlog.Room), 2, 0)}) }, "an entry of version 2"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			require.NoError(t, s.StoreLogs(run(1, 3, 3)))
			require.NoError(t, c.do(s))
			require.NoError(t, s.close())
			require.Contains(t, refused(t, s.dir).Message, c.says)
		})
	}
}

// raft installs a snapshot, then deletes the log it replaces. If it dies in
// between, the log is dropped at the next open: raft would build on it.
func TestALogThatASnapshotHasReplaced(t *testing.T) {
	for name, index := range map[string]uint64{"a log below": 20, "a log that contradicts it": 5} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			require.NoError(t, errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, index, 4)))
			require.NoError(t, s.close())
			inspected, err := inspectStore(s.dir)
			require.NoError(t, err)
			from, to, err := inspected.tail()
			require.NoError(t, errors.Join(err, inspected.close()))
			require.Less(t, to, from)
			s = openTest(t, s.dir, sdk.StartRestart)
			s = holds(t, s, 0, 0)
			require.NoError(t, s.StoreLogs(run(index+1, 1, 4)))
			holds(t, s, index+1, index+1)
		})
	}
	t.Run("a log that goes on after it", func(t *testing.T) {
		s := newTest(t)
		require.NoError(t, errors.Join(s.StoreLogs(run(1, 10, 4)), snap(s, 5, 4)))
		holds(t, s, 1, 10)
	})
}
