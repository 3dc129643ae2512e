package hashiraft

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func openTest(tb testing.TB, dir string, start sdk.Start) *logStore {
	tb.Helper()
	s, err := openStore(sdk.Config{DataDir: dir, Start: start})
	require.NoError(tb, err)
	return s
}

func newTest(t *testing.T) *logStore {
	t.Helper()
	s := openTest(t, t.TempDir(), sdk.StartNew)
	require.NoError(t, s.SetUint64([]byte(keyTerm), 9))
	t.Cleanup(func() { _ = s.close() })
	return s
}

// run is n entries from index on.
func run(index uint64, n int, term uint64) []*raft.Log {
	var logs []*raft.Log
	for i := range n {
		at := index + uint64(i)
		logs = append(logs, &raft.Log{Index: at, Term: term, Data: fmt.Appendf(nil, "entry %d of term %d", at, term)})
	}
	return logs
}

// holds checks that s has the indexes first to last, 0 to 0 for none, and that it
// says so once more after a reopen, which it returns.
func holds(t *testing.T, s *logStore, first, last uint64) *logStore {
	t.Helper()
	for again := range 2 {
		gotFirst, err := s.FirstIndex()
		require.NoError(t, err)
		gotLast, err := s.LastIndex()
		require.NoError(t, err)
		require.Equal(t, []uint64{first, last}, []uint64{gotFirst, gotLast})
		var l raft.Log
		for i := first; i <= last && i > 0; i++ {
			require.NoError(t, s.GetLog(i, &l))
			require.Equal(t, i, l.Index)
		}
		require.Equal(t, raft.ErrLogNotFound, s.GetLog(last+1, &l), "raft compares with ==")
		if first > 1 {
			require.Equal(t, raft.ErrLogNotFound, s.GetLog(first-2, &l))
		}
		if again == 0 {
			require.NoError(t, s.close())
			s = openTest(t, s.dir, sdk.StartRestart)
			t.Cleanup(func() { _ = s.close() })
		}
	}
	return s
}

func TestWhatRaftExpectsOfItsLog(t *testing.T) {
	for _, c := range []struct {
		name        string
		do          func(s *logStore) error
		first, last uint64
	}{
		{"empty", func(*logStore) error { return nil }, 0, 0},
		{"one", func(s *logStore) error { return s.StoreLog(run(1, 1, 1)[0]) }, 1, 1},
		{"several", func(s *logStore) error { return s.StoreLogs(run(1, 100, 1)) }, 1, 100},
		{"none", func(s *logStore) error { return s.StoreLogs(nil) }, 0, 0},
		{"more after", func(s *logStore) error { return errors.Join(s.StoreLogs(run(1, 10, 1)), s.StoreLogs(run(11, 10, 2))) }, 1, 20},
		{"prefix deleted", func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 9, 1), s.DeleteRange(1, 4))
		}, 5, 10},
		{"prefix from below the first", func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 9, 1), s.DeleteRange(1, 4), s.DeleteRange(0, 6))
		}, 7, 10},
		{"all covered by a snapshot", func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 10, 1), s.DeleteRange(1, 10))
		}, 0, 0},
		{"suffix deleted", func(s *logStore) error { return errors.Join(s.StoreLogs(run(1, 10, 1)), s.DeleteRange(7, 10)) }, 1, 6},
		{"suffix beyond the last", func(s *logStore) error { return errors.Join(s.StoreLogs(run(1, 10, 1)), s.DeleteRange(7, 99)) }, 1, 6},
		{"suffix replaced", func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 10, 1)), s.DeleteRange(7, 10), s.StoreLogs(run(7, 2, 2)))
		}, 1, 8},
		{"all deleted", func(s *logStore) error { return errors.Join(s.StoreLogs(run(1, 10, 1)), s.DeleteRange(1, 10)) }, 0, 0},
		{"all replaced", func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 10, 1)), s.DeleteRange(1, 10), s.StoreLogs(run(1, 3, 2)))
		}, 1, 3},
		{"nothing to delete", func(s *logStore) error {
			return errors.Join(s.DeleteRange(1, 10), s.StoreLogs(run(1, 3, 1)), s.DeleteRange(4, 9), s.DeleteRange(3, 2), s.DeleteRange(0, 0))
		}, 1, 3},
		{"after an installed snapshot", func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 500, 3), s.DeleteRange(1, 10), s.StoreLogs(run(501, 2, 3)))
		}, 501, 502},
		{"after one whose deletion failed", func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 500, 3), s.StoreLogs(run(501, 2, 3)))
		}, 501, 502},
		{"a snapshot on an empty log", func(s *logStore) error { return errors.Join(snap(s, 500, 3), s.StoreLogs(run(501, 2, 3))) }, 501, 502},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTest(t)
			require.NoError(t, c.do(s))
			require.Empty(t, s.broken)
			holds(t, s, c.first, c.last)
		})
	}
}

// A leader whose log ends with the newest snapshot's last entry is told its term.
func TestTermWhereTheSnapshotEnds(t *testing.T) {
	for name, do := range map[string]func(s *logStore) error{
		"compacted": func(s *logStore) error {
			return errors.Join(s.StoreLogs(run(1, 12, 3)), snap(s, 10, 3), s.DeleteRange(1, 10))
		},
		"installed": func(s *logStore) error { return errors.Join(snap(s, 10, 3), s.StoreLogs(run(11, 2, 4))) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			require.NoError(t, do(s))
			var l raft.Log
			require.NoError(t, s.GetLog(10, &l))
			require.Equal(t, []uint64{10, 3}, []uint64{l.Index, l.Term})
			require.Equal(t, raft.ErrLogNotFound, s.GetLog(9, &l))
			require.NoError(t, snap(s, 11, 4))
			require.Equal(t, raft.ErrLogNotFound, s.GetLog(10, &l), "the newest snapshot ends elsewhere")
		})
	}
}

// What raft never asks for ends the session instead of making a gap.
func TestNoGaps(t *testing.T) {
	for name, do := range map[string]func(s *logStore) error{
		"above the log":      func(s *logStore) error { return s.StoreLogs(run(12, 1, 1)) },
		"within":             func(s *logStore) error { return s.StoreLogs(append(run(11, 1, 1), run(13, 1, 1)...)) },
		"again":              func(s *logStore) error { return s.StoreLogs(run(10, 1, 1)) },
		"above the snapshot": func(s *logStore) error { return errors.Join(snap(s, 20, 1), s.StoreLogs(run(22, 1, 1))) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			require.NoError(t, s.StoreLogs(run(1, 10, 1)))
			require.ErrorContains(t, do(s), "was to be stored")
			require.Len(t, s.broken, 1)
			require.ErrorContains(t, s.StoreLogs(run(11, 1, 1)), "was to be stored", "nothing is written after it")
			require.Equal(t, uint64(10), s.log.Last())
		})
	}
	t.Run("in the middle", func(t *testing.T) {
		s := newTest(t)
		require.NoError(t, s.StoreLogs(run(1, 10, 1)))
		require.ErrorContains(t, s.DeleteRange(4, 6), "were to be deleted")
		holds(t, s, 1, 10)
	})
}

// A snapshot up to the last entry has the whole log deleted, by another goroutine
// than that which appends: what is appended meanwhile stays.
func TestCompactionSparesWhatComesMeanwhile(t *testing.T) {
	s := newTest(t)
	require.NoError(t, s.StoreLogs(run(1, 1, 1)))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := uint64(2); i <= 400; i++ {
			if err := s.StoreLogs(run(i, 1, 1)); err != nil {
				t.Error(err)
			}
		}
	}()
	for running := true; running; {
		first, last := s.log.First(), s.log.Last()
		require.NoError(t, errors.Join(snap(s, last, 1), s.DeleteRange(first, last)))
		select {
		case <-done:
			running = false
		default:
		}
	}
	require.Empty(t, s.broken)
	require.Equal(t, uint64(400), s.log.Last())
	require.NoError(t, s.close())
	require.NoError(t, openTest(t, s.dir, sdk.StartRestart).close())
}

func TestEveryFieldSurvives(t *testing.T) {
	s := newTest(t)
	at := time.Date(2026, 11, 26, 12, 0, 0, 123456789, time.FixedZone("x", 3600))
	logs := []*raft.Log{
		{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: []byte("members"), AppendedAt: at},
		{Index: 2, Term: 2, Type: raft.LogNoop},
		{Index: 3, Term: 1 << 60, Type: raft.LogBarrier, Extensions: []byte("ext")},
		{Index: 4, Term: 1 << 60, Type: raft.LogCommand, Data: []byte("data"), Extensions: []byte("ext"), AppendedAt: at},
	}
	require.NoError(t, s.SetUint64([]byte(keyTerm), 1<<60))
	require.NoError(t, s.StoreLogs(logs))
	s = holds(t, s, 1, 4)
	for _, want := range logs {
		got := raft.Log{Data: []byte("of another"), Extensions: []byte("of another")}
		require.NoError(t, s.GetLog(want.Index, &got))
		require.True(t, want.AppendedAt.Equal(got.AppendedAt))
		require.Equal(t, want.AppendedAt.IsZero(), got.AppendedAt.IsZero())
		got.AppendedAt = want.AppendedAt
		require.Equal(t, *want, got)
	}
}

func TestStable(t *testing.T) {
	s := openTest(t, t.TempDir(), sdk.StartNew)
	_, err := s.Get([]byte("LastVoteCand"))
	require.EqualError(t, err, "not found", "raft knows it by its text")
	_, err = s.GetUint64([]byte("LastVoteTerm"))
	require.EqualError(t, err, "not found")
	require.NoError(t, s.Set([]byte("LastVoteCand"), []byte("n1")))
	require.NoError(t, s.SetUint64([]byte("LastVoteTerm"), 1<<63))
	s = holds(t, s, 0, 0)
	cand, err := s.Get([]byte("LastVoteCand"))
	require.NoError(t, err)
	require.Equal(t, "n1", string(cand))
	term, err := s.GetUint64([]byte("LastVoteTerm"))
	require.NoError(t, err)
	require.Equal(t, uint64(1<<63), term)
	_, err = s.GetUint64([]byte("LastVoteCand"))
	require.ErrorIs(t, err, sdk.ErrCorrupt)
}
