package dragonboat

import (
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// wellUsed leaves a closed directory whose log has been through everything.
func wellUsed(t *testing.T) (dir string) {
	t.Helper()
	d := newTest(t)
	require.NoError(t, d.log.setReplica(1))
	require.NoError(t, d.log.SaveBootstrapInfo(shard, 1, pb.Bootstrap{Addresses: map[uint64]string{1: "n1@h:1"}}))
	for i := range uint64(10) {
		d.save(t, pb.Update{State: state(i/2+1, i, 12*i), EntriesToSave: run(1+12*i, 12, i/2+1)})
	}
	d.snap(t, 40, 2)
	d.snap(t, 60, 3)
	done, err := d.log.CompactEntriesTo(shard, 1, 30)
	require.NoError(t, err)
	<-done
	d.save(t, pb.Update{State: state(7, 3, 108), EntriesToSave: run(110, 20, 7)})
	require.NoError(t, d.log.Close())
	return d.dir
}

// refused is why dir isn't opened, and that nothing was changed in it.
func refused(t *testing.T, dir string) *sdk.Error {
	t.Helper()
	before := everything(t, dir)
	_, err := tryOpen(t, dir, sdk.StartRestart)
	require.ErrorIs(t, err, sdk.ErrCorrupt)
	require.True(t, maps.Equal(before, everything(t, dir)), "something was changed")
	var e *sdk.Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestALogIsMadeOnlyOnce(t *testing.T) {
	dir := t.TempDir()
	require.Contains(t, refused(t, dir).Message, "log.db is missing: this directory has been used before")
	for _, start := range []sdk.Start{sdk.StartNew, sdk.StartNew, sdk.StartJoin, sdk.StartRestart} {
		require.NoError(t, openTest(t, dir, start).log.Close())
	}
}

// Everything that can be missing or changed is named, with its file and place.
func TestDamagedDirectories(t *testing.T) {
	t.Parallel()
	at60 := "snapshots/snapshot-000000000000003C/snapshot-000000000000003C.gbsnap"
	change := func(file string, to func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			path := filepath.Join(dir, file)
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, to(b), 0o600))
		}
	}
	set := func(key []byte, value string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			log, err := boltlog.Inspect(filepath.Join(dir, logName), boltlog.EntriesAndValues, nil)
			require.NoError(t, err)
			require.NoError(t, errors.Join(log.Reopen(), log.Set(key, []byte(value)), log.Close()))
		}
	}
	encoded := func(st pb.State) string { return string(pb.MustMarshal(&st)) }
	for name, is := range map[string]struct {
		do   func(*testing.T, string)
		says string
	}{
		"snapshot missing": {func(t *testing.T, dir string) { t.Helper(); require.NoError(t, os.Remove(filepath.Join(dir, at60))) }, "the snapshot is missing"},
		"snapshots missing": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.RemoveAll(filepath.Join(dir, snapshotsName)))
		}, "the snapshot is missing"},
		"snapshot torn":             {change(at60, func(b []byte) []byte { return b[:5] }), "it isn't the snapshot that was written: 5 bytes"},
		"snapshot longer":           {change(at60, func(b []byte) []byte { return append(b, 'x') }), "it isn't the snapshot that was written"},
		"snapshot empty":            {change(at60, func([]byte) []byte { return nil }), "it isn't the snapshot that was written: 0 bytes"},
		"snapshot changed":          {change(at60, func(b []byte) []byte { b[3] ^= 1; return b }), "it isn't the snapshot that was written"},
		"log torn":                  {change(logName, func(b []byte) []byte { return b[:3*os.Getpagesize()] }), logName},
		"log empty":                 {change(logName, func([]byte) []byte { return nil }), logName},
		"no snapshot's description": {set(keySnapshot, string((&snapshotRecord{}).encode())), "a later snapshot is missing, the log begins at 31"},
		"an older description": {
			set(keySnapshot, string((&snapshotRecord{Snapshot: pb.Snapshot{Index: 29, Term: 1}}).encode())), "a later snapshot is missing",
		},
		"a later description": {
			set(keySnapshot, string((&snapshotRecord{Snapshot: pb.Snapshot{Index: 130, Term: 7}}).encode())), "the log ends at 129, before its snapshot",
		},
		"a description of version 9": {set(keySnapshot, "\x09"+strings.Repeat("x", 30)), "it has version 9"},
		"a torn description":         {set(keySnapshot, "\x01x"), "it ends too early"},
		"no state":                   {set(keyState, ""), "the node's term is 0, and it has an entry of term 7"},
		"an older term":              {set(keyState, encoded(state(6, 1, 50))), "the node's term is 6, and it has an entry of term 7"},
		"a later commit":             {set(keyState, encoded(state(7, 1, 130))), "entries up to 130 were committed, and the log ends before"},
		"a state that isn't one":     {set(keyState, "\xff\xff"), `the value "State"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := wellUsed(t)
			is.do(t, dir)
			require.Contains(t, refused(t, dir).Message, is.says)
		})
	}
}

// What a crash has left half done is removed, and nothing else.
func TestTidy(t *testing.T) {
	dir := wellUsed(t)
	at60 := filepath.Join(dir, snapshotsName, "snapshot-000000000000003C", "snapshot-000000000000003C.gbsnap")
	for _, name := range []string{"snapshot-000000000000003D.generating", "snapshot-0000000000000099", "snapshot-0000000000000050-7.receiving"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, snapshotsName, name), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, snapshotsName, name, "x.gbsnap"), []byte("half"), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, snapshotsName, "snapshot-000000000000003C", flagFile), nil, 0o600))
	d := openTest(t, dir, sdk.StartRestart)
	require.NoError(t, d.log.Close())
	kept := everything(t, dir)
	require.Equal(t, "state at 60 of 3", kept[at60])
	require.Len(t, kept, 2, "the log and the newest snapshot")
}

// What only the start reads is refused as well, where it isn't what it can be.
func TestValuesThatCannotBe(t *testing.T) {
	d := newTest(t)
	for _, key := range [][]byte{keyReplica, keyBootstrap, []byte(peerport.KnownKey)} {
		require.NoError(t, d.log.log.Set(key, []byte{0xff}))
	}
	_, _, err := d.log.replica()
	require.ErrorIs(t, err, sdk.ErrCorrupt)
	_, err = d.log.GetBootstrapInfo(shard, 1)
	require.ErrorIs(t, err, sdk.ErrCorrupt)
	_, err = d.log.known()
	require.ErrorIs(t, err, sdk.ErrCorrupt)
	require.NoError(t, d.log.Close())
}

// Inspection leaves everything as it is.
func TestInspectionChangesNothing(t *testing.T) {
	dir := wellUsed(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, snapshotsName, "half"), 0o700))
	before := everything(t, dir)
	d, err := inspectDisk(dir, newTrouble(t.Context(), nil, nil, nil))
	require.NoError(t, errors.Join(err, d.log.log.Close()))
	require.True(t, maps.Equal(before, everything(t, dir)), "something was changed")
	require.DirExists(t, filepath.Join(dir, snapshotsName, "half"))
}

// A term never goes back within a log.
func TestTermsNeverGoBack(t *testing.T) {
	d := newTest(t)
	d.save(t, pb.Update{State: state(9, 1, 0), EntriesToSave: append(run(1, 3, 3), run(4, 1, 2)...)})
	require.NoError(t, d.log.Close())
	require.Contains(t, refused(t, d.dir).Message, "it is of term 2, the one before of term 3")
}

// holding is all that a directory has.
type holding struct {
	Entries          []pb.Entry
	State            pb.State
	Snapshot, Number string
	Bootstrap        pb.Bootstrap
}

func (d *testDisk) all(t *testing.T) (h holding) {
	t.Helper()
	h.Entries, h.State = d.read(t, d.log.log.First(), math.MaxUint64, math.MaxUint64), d.log.state
	b, err := os.ReadFile(d.fileOf())
	require.NoError(t, err)
	h.Snapshot = string(b) + string(d.log.newest.encode())
	number, _, err := d.log.log.Value(keyReplica)
	require.NoError(t, err)
	h.Number = string(number)
	h.Bootstrap, err = d.log.GetBootstrapInfo(shard, 1)
	require.NoError(t, err)
	return h
}

// A damaged byte anywhere is either noticed or harmless: everything is there, or
// nothing is opened and nothing was changed.
func TestFlippedBits(t *testing.T) {
	if raceDetector() {
		t.Skip("with -race comes checkptr, which ends the process where bbolt follows a damaged pointer")
	}
	dir := wellUsed(t)
	d := openTest(t, dir, sdk.StartRestart)
	want, snapshot := d.all(t), d.fileOf()
	require.NoError(t, d.log.Close())
	for path, tries := range map[string]int{filepath.Join(dir, logName): 150, snapshot: 20} {
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
		before := everything(t, dir)
		d, err := tryOpen(t, dir, sdk.StartRestart)
		if err != nil {
			require.ErrorIs(t, err, sdk.ErrCorrupt, "%s: seed %d, byte %d, bit %d", path, seed, at, bit)
			require.True(t, maps.Equal(before, everything(t, dir)), "something was changed")
			noticed++
			continue
		}
		got := d.all(t)
		require.NoError(t, d.log.Close())
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
