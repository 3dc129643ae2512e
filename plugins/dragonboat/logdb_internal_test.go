package dragonboat

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/lni/dragonboat/v4/raftio"
	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// What the library stores comes back, from the same log and from the next.
func TestLogKeepsWhatTheLibraryStores(t *testing.T) {
	dir := t.TempDir()
	d := openLog(t, dir, sdk.StartNew)
	_, err := d.log.ReadRaftState(shard, 1, 0)
	require.ErrorIs(t, err, raftio.ErrNoSavedLog)
	_, err = d.log.GetBootstrapInfo(shard, 1)
	require.ErrorIs(t, err, raftio.ErrNoBootstrapInfo)
	bootstrap := pb.Bootstrap{Addresses: map[uint64]string{1: "n1@127.0.0.1:1"}, Type: pb.ConcurrentStateMachine}
	require.NoError(t, d.log.SaveBootstrapInfo(shard, 1, bootstrap))
	save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 1, Commit: 3}, EntriesToSave: entriesOf(1, 10, 2)})
	save(t, d, pb.Update{State: pb.State{Term: 3, Vote: 2, Commit: 7}, EntriesToSave: entriesOf(8, 2, 3)}) // in the place of 8 to 10
	for again := range 2 {
		rs, err := d.log.ReadRaftState(shard, 1, 0)
		require.NoError(t, err)
		require.Equal(t, raftio.RaftState{State: pb.State{Term: 3, Vote: 2, Commit: 7}, FirstIndex: 1, EntryCount: 9}, rs)
		require.Equal(t, []uint64{7, 8, 9}, indexes(t, d, 7, 99, 1<<30))
		got, err := d.log.GetBootstrapInfo(shard, 1)
		require.NoError(t, err)
		require.Equal(t, bootstrap, got)
		entries, _, err := d.log.IterateEntries(nil, 0, shard, 1, 8, 9, 0)
		require.NoError(t, err)
		require.Equal(t, entriesOf(8, 1, 3), entries)
		if again == 0 {
			require.NoError(t, d.log.Close())
			d = openLog(t, dir, sdk.StartRestart)
		}
	}
	require.NoError(t, d.log.Close())
}

// The library's own log stops after the entry that exceeds the size; so does this.
func TestLogIsReadUpToASize(t *testing.T) {
	d := openLog(t, t.TempDir(), sdk.StartNew)
	save(t, d, pb.Update{State: pb.State{Term: 1}, EntriesToSave: entriesOf(1, 10, 1)})
	one := uint64(entriesOf(1, 1, 1)[0].SizeUpperLimit())
	for size, want := range map[uint64][]uint64{0: {3}, one: {3, 4}, one - 1: {3}, 3 * one: {3, 4, 5, 6}, 99 * one: {3, 4, 5, 6, 7}} {
		require.Equal(t, want, indexes(t, d, 3, 8, size), "up to %d bytes", size)
	}
	require.Empty(t, indexes(t, d, 11, 12, 1<<30))
	require.Empty(t, indexes(t, d, 5, 5, 1<<30))
	require.NoError(t, d.log.Close())
}

// A commit index alone isn't worth a write. It is written with what comes next, and
// at the end; a vote is written at once.
func TestCommitIndexGoesAlong(t *testing.T) {
	dir := t.TempDir()
	d := openLog(t, dir, sdk.StartNew)
	onDisk := func() (st pb.State) {
		require.NoError(t, d.log.read(keyState, &st))
		return st
	}
	save(t, d, pb.Update{State: pb.State{Term: 1, Vote: 1}, EntriesToSave: entriesOf(1, 3, 1)})
	save(t, d, pb.Update{State: pb.State{Term: 1, Vote: 1, Commit: 2}})
	require.Equal(t, pb.State{Term: 1, Vote: 1}, onDisk())
	commit, _ := d.log.position()
	require.EqualValues(t, 2, commit, "it counts all the same")
	save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 0, Commit: 2}})
	require.Equal(t, pb.State{Term: 2, Commit: 2}, onDisk())
	save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 9, Commit: 2}})
	require.Equal(t, pb.State{Term: 2, Vote: 9, Commit: 2}, onDisk())
	save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 9, Commit: 3}})
	require.NoError(t, d.log.Close())
	d = openLog(t, dir, sdk.StartRestart)
	require.Equal(t, pb.State{Term: 2, Vote: 9, Commit: 3}, onDisk())
	require.NoError(t, d.log.Close())
}

// snapshotOf makes the file that the library makes, through the file system that it is
// given.
func snapshotOf(t *testing.T, d *disk, index, term uint64) pb.Snapshot {
	t.Helper()
	root := libraryHome + "/a-host/00000000000000000001/snapshot-part-0/snapshot-1-1/"
	name := "snapshot-" + hex.EncodeToString([]byte{0, 0, 0, 0, 0, 0, 0, byte(index)})
	require.NoError(t, d.files.MkdirAll(root+name+".generating", 0o750))
	f, err := d.files.Create(root + name + ".generating/" + name + snapshotSuffix)
	require.NoError(t, err)
	_, err = f.Write([]byte("a snapshot at " + name))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, d.files.Rename(root+name+".generating", root+name))
	return pb.Snapshot{
		Index: index, Term: term, ShardID: shard, Filepath: root + name + "/" + name + snapshotSuffix, FileSize: 9,
		Membership: pb.Membership{ConfigChangeId: 1, Addresses: map[uint64]string{1: "n1@127.0.0.1:1"}},
	}
}

// A snapshot of this node's stays beside the log; one of the leader's takes its place.
func TestSnapshotsAndTheLog(t *testing.T) {
	dir := t.TempDir()
	d := openLog(t, dir, sdk.StartNew)
	save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 1, Commit: 4}, EntriesToSave: entriesOf(1, 9, 2)})
	own := snapshotOf(t, d, 4, 2)
	require.NoError(t, d.log.SaveSnapshots([]pb.Update{{Snapshot: own}}))
	done, err := d.log.CompactEntriesTo(shard, 1, 3)
	require.NoError(t, err)
	<-done
	require.NoError(t, d.log.Close())

	d = openLog(t, dir, sdk.StartRestart)
	rs, err := d.log.ReadRaftState(shard, 1, 4)
	require.NoError(t, err)
	require.Equal(t, raftio.RaftState{State: pb.State{Term: 2, Vote: 1, Commit: 4}, FirstIndex: 4, EntryCount: 6}, rs)
	got, err := d.log.GetSnapshot(shard, 1)
	require.NoError(t, err)
	require.Equal(t, own, got)

	theirs := snapshotOf(t, d, 50, 3)
	save(t, d, pb.Update{State: pb.State{Term: 3, Commit: 50}, Snapshot: theirs, EntriesToSave: entriesOf(51, 2, 3)})
	require.NoError(t, d.log.Close())
	d = openLog(t, dir, sdk.StartRestart)
	got, err = d.log.GetSnapshot(shard, 1)
	require.NoError(t, err)
	require.Equal(t, theirs, got)
	require.Equal(t, []uint64{51, 52}, indexes(t, d, 51, 99, 1<<30))
	left, err := os.ReadDir(filepath.Join(dir, snapshotsName))
	require.NoError(t, err)
	require.Len(t, left, 1, "the older one is gone")
	require.NoError(t, d.log.Close())
}

// The commit index on disk may be older than a snapshot, which is committed: the
// library would end the process.
func TestSnapshotIsCommitted(t *testing.T) {
	dir := t.TempDir()
	d := openLog(t, dir, sdk.StartNew)
	save(t, d, pb.Update{State: pb.State{Term: 2, Vote: 1, Commit: 1}, EntriesToSave: entriesOf(1, 9, 2)})
	require.NoError(t, d.log.SaveSnapshots([]pb.Update{{Snapshot: snapshotOf(t, d, 4, 2)}}))
	require.NoError(t, d.log.log.Close()) // as SIGKILL would
	d = openLog(t, dir, sdk.StartRestart)
	rs, err := d.log.ReadRaftState(shard, 1, 4)
	require.NoError(t, err)
	require.EqualValues(t, 4, rs.State.Commit)
	require.NoError(t, d.log.Close())
}

// A gap isn't stored.
func TestLogHasNoGaps(t *testing.T) {
	for name, ud := range map[string]pb.Update{
		"above":  {EntriesToSave: entriesOf(12, 1, 1)},
		"within": {EntriesToSave: append(entriesOf(11, 1, 1), entriesOf(13, 1, 1)...)},
	} {
		t.Run(name, func(t *testing.T) {
			d := openLog(t, t.TempDir(), sdk.StartNew)
			save(t, d, pb.Update{State: pb.State{Term: 1}, EntriesToSave: entriesOf(1, 10, 1)})
			batch, needed := d.log.batchOf(&ud)
			require.True(t, needed)
			require.ErrorContains(t, d.log.commit(batch, &ud), "was to be stored where")
			require.EqualValues(t, 10, d.log.log.Last())
			require.NoError(t, d.log.Close())
		})
	}
}

// The golden bytes of version 1: a log of today is read for ever.
func TestGoldenBytes(t *testing.T) {
	e := pb.Entry{Index: 7, Term: 3, Type: pb.EncodedEntry, Key: 9, ClientID: 5, Cmd: []byte{0, 1, 'd'}}
	stored := encodeEntry(&e)[boltlog.Room:]
	require.Equal(t, goldenEntry, hex.EncodeToString(stored))
	var back pb.Entry
	require.NoError(t, decodeEntry(stored, 7, &back))
	require.Equal(t, e, back)
	r := newRecord(&pb.Snapshot{
		Index: 4, Term: 2, ShardID: 1, Filepath: "/x/snapshot-part-0/s/f.gbsnap", FileSize: 3,
		Membership: pb.Membership{ConfigChangeId: 1, Addresses: map[uint64]string{1: "n1@h:1"}},
	}, fileSum{size: 12, crc32: 0xfeedbeef})
	require.Equal(t, goldenRecord, hex.EncodeToString(r.encode()))
	var again snapshotRecord
	require.NoError(t, again.Unmarshal(r.encode()))
	require.Equal(t, r, again)
}

const (
	goldenEntry  = "010003010702020309040507030001647f"
	goldenRecord = "01000000000000000cfeedbeef121d2f782f736e617073686f742d706172742d302f732f662e6762736e6170180320042802320e0801120a080112066e3140683a31480050015800600068007000"
)
