package dragonboat

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// TestFlippedBits flips bits of each file of a used directory, one at a time: whatever
// isn't without effect is refused by name, and nothing is changed. It runs without
// -race: with it come pointer checks, which end the process where bbolt follows a
// damaged pointer.
func TestFlippedBits(t *testing.T) {
	if raceDetector() {
		t.Skip("not shown with -race: make test plays it once more without")
	}
	dir := t.TempDir()
	d := openLog(t, dir, sdk.StartNew)
	save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 1, Commit: 40}, EntriesToSave: entriesOf(1, 60, 2)})
	require.NoError(t, d.log.SaveSnapshots([]pb.Update{{Snapshot: snapshotOf(t, d, 40, 2)}}))
	require.NoError(t, d.log.setReplica(7))
	require.NoError(t, d.log.Close())
	before := contents(t, dir)
	rng := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for name, whole := range before {
		for i := range 300 {
			at, bit := rng.IntN(len(whole)), rng.IntN(8)
			for i%2 == 0 && whole[at] == 0 { // not in a hole
				at = rng.IntN(len(whole))
			}
			damaged := bytes.Clone(whole)
			damaged[at] ^= 1 << bit
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), damaged, 0o600))
			d, err := tryInspect(dir)
			if err != nil {
				refused++
				require.ErrorIs(t, err, sdk.ErrCorrupt, "%s, byte %d, bit %d", name, at, bit)
				require.ErrorContains(t, err, dir)
				require.Equal(t, damaged, contents(t, dir)[name])
				continue
			}
			require.Equal(t, pb.State{Term: 2, Vote: 1, Commit: 40}, d.log.state, "%s, byte %d, bit %d", name, at, bit)
			require.Len(t, indexes(t, d, 1, 99, 1<<30), 60)
			require.NoError(t, d.log.log.Close())
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), whole, 0o600))
	}
	require.Greater(t, refused, 400)
}

func tryInspect(dir string) (*disk, error) {
	return inspectDisk(dir, &trouble{silent: make(chan struct{})})
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		all[name], err = os.ReadFile(path)
		return err
	}))
	return all
}

// A log and a snapshot that don't belong together are refused.
func TestWhatDoesNotBelongTogether(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, d *disk){
		"no snapshot": func(t *testing.T, d *disk) {
			t.Helper()
			require.NoError(t, os.RemoveAll(filepath.Join(d.files.dir, snapshotsName)))
		},
		"an old vote": func(t *testing.T, d *disk) {
			t.Helper()
			require.NoError(t, d.log.log.Set(keyState, pb.MustMarshal(&pb.State{Term: 1, Vote: 1})))
		},
		"too much committed": func(t *testing.T, d *disk) {
			t.Helper()
			require.NoError(t, d.log.log.Set(keyState, pb.MustMarshal(&pb.State{Term: 2, Commit: 99})))
		},
		"a later beginning": func(t *testing.T, d *disk) {
			t.Helper()
			require.NoError(t, d.log.log.DeleteTo(t.Context(), 50))
		},
		"an earlier end": func(t *testing.T, d *disk) {
			t.Helper()
			require.NoError(t, d.log.log.Truncate(30))
		},
		"a strange number": func(t *testing.T, d *disk) {
			t.Helper()
			require.NoError(t, d.log.log.Set(keyState, []byte{0xff}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openLog(t, dir, sdk.StartNew)
			save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 1, Commit: 40}, EntriesToSave: entriesOf(1, 60, 2)})
			require.NoError(t, d.log.SaveSnapshots([]pb.Update{{Snapshot: snapshotOf(t, d, 40, 2)}}))
			do(t, d)
			require.NoError(t, d.log.log.Close())
			_, err := tryInspect(dir)
			require.ErrorIs(t, err, sdk.ErrCorrupt)
		})
	}
}

func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
