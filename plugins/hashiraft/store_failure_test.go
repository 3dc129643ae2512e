package hashiraft

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// damage makes every later write of s fail, and every read.
func damage(t *testing.T, s *logStore) {
	t.Helper()
	require.NoError(t, s.log.Close())
}

func TestABrokenDiskEndsTheSession(t *testing.T) {
	for name, do := range map[string]func(s *logStore) error{
		"append": func(s *logStore) error { return s.StoreLogs(run(11, 1, 1)) },
		"prefix": func(s *logStore) error { return s.DeleteRange(1, 3) },
		"suffix": func(s *logStore) error { return s.DeleteRange(8, 10) },
		"vote":   func(s *logStore) error { return s.Set([]byte("LastVoteCand"), []byte("n1")) },
		"term":   func(s *logStore) error { return s.SetUint64([]byte(keyTerm), 10) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			require.NoError(t, errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 5, 1)))
			damage(t, s)
			err := do(s)
			broken := (*boltlog.BrokenDiskError)(nil)
			require.ErrorAs(t, err, &broken)
			require.Equal(t, sdk.Unknown, sdk.OutcomeOf(err))
			require.Equal(t, err, <-s.broken)
			require.ErrorIs(t, s.StoreLogs(run(11, 1, 1)), err, "later writes are refused")
			require.ErrorIs(t, s.DeleteRange(1, 2), err)
			require.ErrorIs(t, s.Set([]byte("x"), nil), err)
			require.NoError(t, s.trouble(), "that is for full disks")
		})
	}
	t.Run("read", func(t *testing.T) {
		s := newTest(t)
		require.NoError(t, s.StoreLogs(run(1, 10, 1)))
		damage(t, s)
		var l raft.Log
		require.Equal(t, s.GetLog(3, &l), <-s.broken)
	})
}

func TestAFullDiskEndsOnlyWhatRaftCantGoOnFrom(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	s := newTest(t)
	err := s.written(full)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Equal(t, err, s.trouble())
	require.NoError(t, s.StoreLogs(run(1, 10, 1)))
	require.NoError(t, s.trouble())
	require.Empty(t, s.broken)
}

// raft panics when it can't store its term. Its goroutine is ended instead, and
// it can be shut down.
func TestRaftIsEndedWithoutAPanic(t *testing.T) {
	s := openTest(t, t.TempDir(), sdk.StartNew)
	r := startRaft(t, s, &fsm{}, 1)
	require.NoError(t, r.Apply([]byte("a"), time.Second).Error())
	damage(t, s)
	require.Error(t, r.Apply([]byte("b"), time.Second).Error())
	require.Len(t, s.broken, 1)
	require.ErrorContains(t, <-s.broken, "the disk can't be trusted any more")
	// it steps down, stands for election, and can't store the new term
	require.Eventually(t, func() bool { return r.State() == raft.Candidate }, 10*time.Second, time.Millisecond)
	require.NoError(t, r.Shutdown().Error())
	goleak.VerifyNone(t)
}

// After a snapshot from before the end of the log, raft believes in entries that
// it has had deleted, and would be sent the same snapshot for ever.
func TestALogBeyondTheInstalledSnapshot(t *testing.T) {
	s := newTest(t)
	require.NoError(t, errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 5, 4), s.DeleteRange(1, 10)))
	require.Len(t, s.broken, 1)
	require.ErrorIs(t, <-s.broken, errAhead)
	require.NoError(t, s.SetUint64([]byte(keyTerm), 10), "until it is over, raft can go on")
	require.NoError(t, s.close())
	s = openTest(t, s.dir, sdk.StartRestart)
	require.NoError(t, s.StoreLogs(run(6, 1, 4)))
	holds(t, s, 6, 6)
}

// onSmallDisk gives s a file system that is all but full, and how to make room.
func onSmallDisk(t *testing.T) (s *logStore, room func()) {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("can't mount a small file system: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	s = openTest(t, dir, sdk.StartNew)
	t.Cleanup(func() { _ = s.close() })
	require.NoError(t, s.SetUint64([]byte(keyTerm), 9))
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 600<<10), 0o600))
	return s, func() { require.NoError(t, os.Remove(ballast)) }
}

func large(index uint64) *raft.Log {
	return &raft.Log{Index: index, Term: 1, Data: []byte(strings.Repeat("x", 10_000))}
}

// fill stores entries until there is no room for one more, and returns the last.
func fill(t *testing.T, s *logStore) (last uint64) {
	t.Helper()
	var err error
	for ; err == nil; last++ {
		err = s.StoreLogs([]*raft.Log{large(last + 1)})
		require.Less(t, last, uint64(200), "the disk doesn't fill up")
	}
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorContains(t, err, "the disk is full")
	require.Equal(t, 1, strings.Count(err.Error(), logName), err.Error())
	return last - 1
}

func TestFullDisk(t *testing.T) {
	s, room := onSmallDisk(t)
	last := fill(t, s)
	require.Error(t, s.trouble())
	require.Empty(t, s.broken)
	for term := range uint64(50) { // elections go on
		require.NoError(t, s.SetUint64([]byte(keyTerm), 10+term))
		require.NoError(t, s.Set([]byte("LastVoteCand"), []byte("n1")))
	}
	require.ErrorIs(t, s.StoreLogs([]*raft.Log{large(last + 1), large(last + 2)}), sdk.ErrNotAppended)
	room()
	require.NoError(t, s.StoreLogs([]*raft.Log{large(last + 1)}))
	require.NoError(t, s.trouble())
	holds(t, s, 1, last+1)
}

func TestAFullDiskAfterATruncation(t *testing.T) {
	s, _ := onSmallDisk(t)
	last := fill(t, s)
	require.NoError(t, s.DeleteRange(last, last))
	require.Error(t, s.StoreLogs([]*raft.Log{large(last), large(last + 1), large(last + 2), large(last + 3), large(last + 4)}))
	require.Len(t, s.broken, 1)
	require.ErrorIs(t, <-s.broken, syscall.ENOSPC, "raft takes the log for longer than it is")
}

func TestAFullDiskAndAConfiguration(t *testing.T) {
	s, _ := onSmallDisk(t)
	l := large(fill(t, s) + 1)
	l.Type = raft.LogConfiguration
	require.Error(t, s.StoreLogs([]*raft.Log{l}))
	require.Len(t, s.broken, 1)
	require.ErrorIs(t, <-s.broken, syscall.ENOSPC, "raft goes on with members that it couldn't store")
}

var quiet = hclog.NewNullLogger()
