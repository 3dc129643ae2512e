package hashiraft

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// holding is all that s has.
type holding struct {
	Entries []raft.Log
	Term    uint64
	Vote    string
	Meta    raft.SnapshotMeta
	State   string
}

func all(s *logStore) (h holding, err error) {
	for i := s.log.First(); i <= s.log.Last() && err == nil; i++ {
		var l raft.Log
		err = s.GetLog(i, &l)
		h.Entries = append(h.Entries, l)
	}
	if err != nil {
		return h, err
	}
	if h.Term, err = s.GetUint64([]byte(keyTerm)); err != nil {
		return h, err
	}
	vote, err := s.Get([]byte("LastVoteCand"))
	if err != nil {
		return h, err
	}
	h.Vote, h.Meta = string(vote), s.newest.meta
	r, err := s.newest.open()
	if err != nil {
		return h, err
	}
	state, err := io.ReadAll(r)
	h.State = string(state)
	return h, errors.Join(err, r.Close())
}

// wellUsed leaves a closed directory whose log has been through everything.
func wellUsed(t *testing.T) (dir string) {
	t.Helper()
	s := newTest(t)
	for i := range uint64(10) {
		require.NoError(t, s.StoreLogs(run(1+12*i, 12, i/2+1)))
		require.NoError(t, s.SetUint64([]byte(keyTerm), 10+i))
		require.NoError(t, s.Set([]byte("LastVoteCand"), []byte("n1")))
	}
	require.NoError(t, errors.Join(snap(s, 40, 2), snap(s, 60, 3)))
	require.NoError(t, errors.Join(s.DeleteRange(1, 30), s.DeleteRange(110, 120), s.StoreLogs(run(110, 20, 7))))
	require.NoError(t, s.close())
	return s.dir
}

// A damaged byte anywhere is either noticed or harmless: everything is there, or
// nothing is opened.
func TestFlippedBits(t *testing.T) {
	if raceDetector() {
		t.Skip("with -race comes checkptr, which ends the process where bbolt follows a damaged pointer")
	}
	dir := wellUsed(t)
	s := openTest(t, dir, sdk.StartRestart)
	want, err := all(s)
	require.NoError(t, errors.Join(err, s.close()))
	files := map[string]int{
		filepath.Join(dir, logName): 150, filepath.Join(s.newest.path, metaName): 40,
		filepath.Join(s.newest.path, sealName): 10, filepath.Join(s.newest.path, stateName): 20,
	}
	for path, tries := range files {
		noticed := flip(t, dir, path, tries, want)
		t.Logf("%s: %d of %d noticed", path, noticed, tries)
		require.Positive(t, noticed, path)
	}
}

func flip(t *testing.T, dir, path string, tries int, want holding) (noticed int) {
	t.Helper()
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	used := len(whole)
	for used > 0 && whole[used-1] == 0 {
		used--
	}
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for range tries {
		at, bit := rng.IntN(used), byte(1)<<rng.IntN(8)
		damaged := slices.Clone(whole)
		damaged[at] ^= bit
		require.NoError(t, os.Remove(path)) // bbolt may still have the last one mapped
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		s, err := openStore(sdk.Config{DataDir: dir, Start: sdk.StartRestart})
		if err != nil {
			require.ErrorIs(t, err, sdk.ErrCorrupt, "%s: seed %d, byte %d, bit %d", path, seed, at, bit)
			noticed++
			continue
		}
		got, err := all(s)
		require.NoError(t, errors.Join(err, s.close()))
		require.Equal(t, want, got, "%s: seed %d, byte %d, bit %d", path, seed, at, bit)
	}
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	return noticed
}

func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
