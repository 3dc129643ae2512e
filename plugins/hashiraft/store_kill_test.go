package hashiraft

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// storeChildEnv is a directory: the process stores into it until it is killed.
const storeChildEnv = "METALOG_TEST_HASHIRAFT_STORE_CHILD"

// TestKilledChild is the other process's part of the test below, and nothing
// anywhere else.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(storeChildEnv)
	if dir == "" {
		return
	}
	s := openTest(t, dir, sdk.StartRestart)
	term, err := s.GetUint64([]byte(keyTerm))
	require.NoError(t, err)
	for {
		term++
		require.NoError(t, s.SetUint64([]byte(keyTerm), term))
		fmt.Println("term", term)
		for range 20 {
			from, n := s.log.Last()+1, 1+rand.IntN(20)
			require.NoError(t, s.StoreLogs(run(from, n, term)))
			fmt.Println("stored", from, from+uint64(n)-1, term)
		}
		childDeletes(t, s, term)
	}
}

// childDeletes takes entries away at both ends.
func childDeletes(t *testing.T, s *logStore, term uint64) {
	t.Helper()
	last := s.log.Last()
	fmt.Println("cut", last-5)
	require.NoError(t, s.DeleteRange(last-5, last))
	if term%4 == 0 {
		var l raft.Log
		require.NoError(t, s.GetLog(last-20, &l))
		require.NoError(t, snap(s, last-20, l.Term))
		require.NoError(t, s.DeleteRange(s.log.First(), last-30))
	}
}

// acknowledged is what a child has said: the terms by index, and its own.
type acknowledged struct {
	entries map[uint64]uint64
	last    uint64
	term    uint64
}

func (a *acknowledged) hear(line string) {
	var from, to, term uint64
	switch {
	case strings.HasPrefix(line, "stored"):
		_, _ = fmt.Sscanf(line, "stored %d %d %d", &from, &to, &term)
		for i := from; i <= to; i++ {
			a.entries[i] = term
		}
		a.last = to
	case strings.HasPrefix(line, "cut"):
		_, _ = fmt.Sscanf(line, "cut %d", &from)
		for i := from; i <= a.last; i++ {
			delete(a.entries, i)
		}
	case strings.HasPrefix(line, "term"):
		_, _ = fmt.Sscanf(line, "term %d", &a.term)
	}
}

// A process is killed under load again and again. What it has acknowledged is
// there, in the log or below its snapshot.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	dir := closed(t, newTest(t))
	a := acknowledged{entries: map[uint64]uint64{}}
	snapshots := 0
	for round := range 6 {
		killed(t, dir, 200+57*round, &a)
		s := openTest(t, dir, sdk.StartRestart)
		term, err := s.GetUint64([]byte(keyTerm))
		require.NoError(t, err)
		require.GreaterOrEqual(t, term, a.term)
		require.LessOrEqual(t, s.log.First(), s.newest.index()+1)
		for i, want := range a.entries {
			var l raft.Log
			if i < s.log.First() {
				continue
			}
			require.NoError(t, s.GetLog(i, &l), i)
			require.Equal(t, want, l.Term, i)
		}
		if s.newest.index() > 0 {
			snapshots++
		}
		closed(t, s)
	}
	require.Positive(t, snapshots, "no snapshot was taken: too little happened")
}

func closed(t *testing.T, s *logStore) (dir string) {
	t.Helper()
	require.NoError(t, s.close())
	return s.dir
}

func killed(t *testing.T, dir string, after int, a *acknowledged) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), storeChildEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		require.Regexp(t, "^(term|stored|cut) ", lines.Text())
		a.hear(lines.Text())
		if n == after {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait()
}
