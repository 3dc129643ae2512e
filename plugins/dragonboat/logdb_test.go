package dragonboat

import (
	"math"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lni/dragonboat/v4/raftio"
	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// A node that has nothing yet says so, as the library expects it.
func TestEmptyLog(t *testing.T) {
	d := newTest(t)
	_, err := d.log.ReadRaftState(shard, 1, 0)
	require.ErrorIs(t, err, raftio.ErrNoSavedLog)
	_, err = d.log.GetBootstrapInfo(shard, 1)
	require.ErrorIs(t, err, raftio.ErrNoBootstrapInfo)
	ss, err := d.log.GetSnapshot(shard, 1)
	require.NoError(t, err)
	require.True(t, pb.IsEmptySnapshot(ss))
	infos, err := d.log.ListNodeInfo()
	require.NoError(t, err)
	require.Empty(t, infos)
	require.Empty(t, d.read(t, 1, 100, math.MaxUint64))
	require.NoError(t, d.log.Close())
}

// What was stored is there after a reopening: entries, state, bootstrap, number.
func TestWhatIsStoredComesBack(t *testing.T) {
	d := newTest(t)
	first := pb.Bootstrap{Addresses: map[uint64]string{1: "n1@h:1"}, Join: true, Type: pb.ConcurrentStateMachine}
	require.NoError(t, d.log.SaveBootstrapInfo(shard, 1, first))
	require.NoError(t, d.log.setReplica(9))
	entries := run(1, 5, 3)
	entries[1].Type, entries[2].Cmd, entries[3].Key = pb.ConfigChangeEntry, nil, 77
	d.save(t, pb.Update{State: state(3, 1, 4), EntriesToSave: entries})
	for range 2 {
		d = d.reopened(t)
		rs, err := d.log.ReadRaftState(shard, 1, 0)
		require.NoError(t, err)
		require.Equal(t, raftio.RaftState{State: state(3, 1, 4), FirstIndex: 1, EntryCount: 5}, rs)
		require.Equal(t, entries, d.read(t, 1, 6, math.MaxUint64))
		b, err := d.log.GetBootstrapInfo(shard, 1)
		require.NoError(t, err)
		require.Equal(t, first, b)
		infos, err := d.log.ListNodeInfo()
		require.NoError(t, err)
		require.Equal(t, []raftio.NodeInfo{{ShardID: shard, ReplicaID: 9}}, infos)
	}
	require.NoError(t, d.log.Close())
}

// As the library's own log: from low on, below high, up to and including the entry
// that makes it more than the size; what was given stays in front.
func TestIterateEntriesIsBounded(t *testing.T) {
	d := newTest(t)
	all := run(1, 10, 1)
	d.save(t, pb.Update{State: state(1, 0, 0), EntriesToSave: all})
	one := uint64(all[0].SizeUpperLimit())
	for name, is := range map[string]struct {
		low, high, size uint64
		want            []pb.Entry
	}{
		"all":                {1, 11, math.MaxUint64, all},
		"beyond the end":     {8, 20, math.MaxUint64, all[7:]},
		"some":               {3, 5, math.MaxUint64, all[2:4]},
		"one":                {3, 4, 0, all[2:3]},
		"at least one":       {3, 9, 0, all[2:3]},
		"exactly":            {1, 9, 2 * one, all[:3]},
		"a byte more than 1": {1, 9, one + 1, all[:2]},
		"none":               {11, 12, math.MaxUint64, nil},
	} {
		require.Equal(t, is.want, d.read(t, is.low, is.high, is.size), name)
	}
	got, size, err := d.log.IterateEntries(all[:1:1], 7, shard, 1, 2, 4, math.MaxUint64)
	require.NoError(t, err)
	require.Equal(t, all[:3], got)
	require.Equal(t, 7+uint64(all[1].SizeUpperLimit()+all[2].SizeUpperLimit()), size)
	require.NoError(t, d.log.Close())
}

// A new leader's entries replace those that were never committed, the state with them.
func TestTruncation(t *testing.T) {
	d := newTest(t)
	d.save(t, pb.Update{State: state(1, 1, 4), EntriesToSave: run(1, 10, 1)})
	d.save(t, pb.Update{State: state(2, 2, 4), EntriesToSave: run(6, 2, 2)})
	want := append(run(1, 5, 1), run(6, 2, 2)...)
	require.Equal(t, want, d.read(t, 1, 20, math.MaxUint64))
	d.save(t, pb.Update{State: state(3, 0, 4), EntriesToSave: run(8, 1, 3)})
	d = d.reopened(t)
	require.Equal(t, append(want, run(8, 1, 3)...), d.read(t, 1, 20, math.MaxUint64))
	rs, err := d.log.ReadRaftState(shard, 1, 0)
	require.NoError(t, err)
	require.Equal(t, raftio.RaftState{State: state(3, 0, 4), FirstIndex: 1, EntryCount: 8}, rs)
	require.NoError(t, d.log.Close())
}

// A commit index that has moved isn't written, until the end. A vote and a term are,
// at once.
func TestCommitIndexIsWrittenAtTheEnd(t *testing.T) {
	d := newTest(t)
	onDisk := func() (st pb.State) {
		require.NoError(t, d.log.read(keyState, &st))
		return st
	}
	d.save(t, pb.Update{State: state(1, 0, 0), EntriesToSave: run(1, 5, 1)})
	d.save(t, pb.Update{State: state(1, 0, 3)})
	require.Zero(t, onDisk().Commit)
	commit, term := d.log.position()
	require.Equal(t, [2]uint64{3, 1}, [2]uint64{commit, term})
	d.save(t, pb.Update{State: state(1, 2, 4)})
	require.Equal(t, state(1, 2, 4), onDisk())
	d.save(t, pb.Update{State: state(2, 0, 4)})
	require.Equal(t, state(2, 0, 4), onDisk())
	d.save(t, pb.Update{State: state(2, 0, 5)})
	d = d.reopened(t)
	require.Equal(t, state(2, 0, 5), onDisk())
	require.NoError(t, d.log.Close())
}

// A leader's snapshot stands for the whole log, whatever that held, and what is stored
// with it comes behind it.
func TestLeadersSnapshotReplacesTheLog(t *testing.T) {
	for name, behind := range map[string][]pb.Entry{"alone": nil, "with entries": run(21, 3, 2)} {
		t.Run(name, func(t *testing.T) {
			d := newTest(t)
			d.save(t, pb.Update{State: state(1, 1, 5), EntriesToSave: run(1, 10, 1)})
			d.snap(t, 4, 1)
			ss := d.made(t, 20, 2)
			d.save(t, pb.Update{State: state(2, 0, 5), Snapshot: ss, EntriesToSave: behind})
			d = d.reopened(t)
			got, err := d.log.GetSnapshot(shard, 1)
			require.NoError(t, err)
			require.Equal(t, pb.MustMarshal(&ss), pb.MustMarshal(&got))
			require.Equal(t, uint64(20), d.log.snapshotIndex())
			rs, err := d.log.ReadRaftState(shard, 1, 20)
			require.NoError(t, err)
			require.Equal(t, state(2, 0, 20), rs.State)
			require.Equal(t, uint64(len(behind)), rs.EntryCount)
			if behind == nil {
				require.Equal(t, uint64(20), rs.FirstIndex)
				d.save(t, pb.Update{State: state(2, 0, 20), EntriesToSave: run(21, 1, 2)})
				behind = run(21, 1, 2)
			} else {
				require.Equal(t, uint64(21), rs.FirstIndex)
			}
			require.Equal(t, behind, d.read(t, 21, 30, math.MaxUint64))
			require.Empty(t, d.read(t, 1, 21, math.MaxUint64))
			require.NoError(t, d.log.Close())
		})
	}
}

// An own snapshot is noted, and what it covers is deleted when it is asked for. An
// older one changes nothing.
func TestOwnSnapshots(t *testing.T) {
	d := newTest(t)
	d.save(t, pb.Update{State: state(1, 1, 10), EntriesToSave: run(1, 10, 1)})
	d.snap(t, 6, 1)
	d.snap(t, 3, 1)
	require.Equal(t, uint64(6), d.log.snapshotIndex())
	done, err := d.log.CompactEntriesTo(shard, 1, 4)
	require.NoError(t, err)
	<-done
	require.NoError(t, d.log.awaitBeginning(t.Context(), 4))
	d = d.reopened(t)
	require.Equal(t, uint64(6), d.log.snapshotIndex())
	rs, err := d.log.ReadRaftState(shard, 1, 6)
	require.NoError(t, err)
	require.Equal(t, raftio.RaftState{State: state(1, 1, 10), FirstIndex: 5, EntryCount: 6}, rs)
	require.Empty(t, d.read(t, 4, 6, math.MaxUint64), "entries that are gone")
	require.Equal(t, run(5, 6, 1), d.read(t, 5, 20, math.MaxUint64))
	require.NoError(t, d.log.Close())
}

// The library notes its own snapshots from another goroutine than all else. Neither
// may put back what the other has written: a vote, or a leader's later snapshot.
func TestSnapshotsAndVotesAtOnce(t *testing.T) {
	d := newTest(t)
	d.save(t, pb.Update{State: state(1, 1, 0), EntriesToSave: run(1, 1000, 1)})
	const rounds = 30
	own, leaders := make([]pb.Snapshot, rounds), make([]pb.Snapshot, rounds)
	for i := range own {
		own[i] = d.made(t, uint64(1000+10*i), 1)
		leaders[i] = d.made(t, uint64(1005+10*i), 1)
	}
	for i := range own {
		var both sync.WaitGroup
		both.Go(func() {
			require.NoError(t, d.log.SaveSnapshots([]pb.Update{{Snapshot: own[i]}}))
		})
		both.Go(func() {
			term := uint64(2 + i)
			d.save(t, pb.Update{State: state(term, term, 1), Snapshot: leaders[i]})
		})
		both.Wait()
		require.Equal(t, leaders[i].Index, d.log.snapshotIndex())
		var stored snapshotRecord
		require.NoError(t, d.log.read(keySnapshot, &stored))
		require.Equal(t, leaders[i].Index, stored.Index, "the older one was written over the newer")
		require.Equal(t, leaders[i].Index+1, d.log.log.First())
	}
	d = d.reopened(t)
	rs, err := d.log.ReadRaftState(shard, 1, d.log.snapshotIndex())
	require.NoError(t, err)
	require.Equal(t, uint64(rounds+1), rs.State.Vote)
	require.NoError(t, d.log.Close())
}

// At the end of a session nothing is stored any more, and the library doesn't know. It
// finds the snapshot that it has saved, and doesn't delete the one that the log names.
func TestSnapshotAfterTheEnd(t *testing.T) {
	for name, save := range map[string]func(*testDisk, pb.Snapshot){
		"an own one": func(d *testDisk, ss pb.Snapshot) {
			require.NoError(t, d.log.SaveSnapshots([]pb.Update{{Snapshot: ss}}))
		},
		"a leader's": func(d *testDisk, ss pb.Snapshot) { d.save(t, pb.Update{State: state(2, 0, 15), Snapshot: ss}) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newTest(t)
			d.save(t, pb.Update{State: state(1, 1, 10), EntriesToSave: run(1, 10, 1)})
			d.snap(t, 5, 1)
			old, path := d.log.newest.Filepath, d.fileOf()
			later := d.made(t, 15, 2)
			d.end(membership.ErrOrderly)
			d.silence()
			save(d, later)
			ss, err := d.log.GetSnapshot(shard, 1)
			require.NoError(t, err)
			require.Equal(t, uint64(15), ss.Index)
			require.NoError(t, d.files.RemoveAll(filepath.Dir(old)))
			d = d.reopened(t)
			require.Equal(t, uint64(5), d.log.snapshotIndex())
			require.Equal(t, path, d.fileOf())
			require.NoError(t, d.log.Close())
		})
	}
}

// A gap is a fault of the library's that isn't stored.
func TestGapsAreRefused(t *testing.T) {
	for name, ud := range map[string]pb.Update{
		"beyond the end":   {State: state(1, 0, 0), EntriesToSave: run(13, 1, 1)},
		"within":           {State: state(1, 0, 0), EntriesToSave: append(run(11, 1, 1), run(13, 1, 1)...)},
		"below the start":  {State: state(1, 0, 0), EntriesToSave: run(2, 1, 1)},
		"after a snapshot": {State: state(1, 0, 0), Snapshot: pb.Snapshot{Index: 20, Term: 1}, EntriesToSave: run(22, 1, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTest(t)
			d.save(t, pb.Update{State: state(1, 0, 10), EntriesToSave: run(1, 10, 1)})
			d.snap(t, 6, 1)
			done, err := d.log.CompactEntriesTo(shard, 1, 5)
			require.NoError(t, err)
			<-done
			var saving sync.WaitGroup
			saving.Go(func() { d.save(t, ud) })
			require.ErrorContains(t, <-d.ended, "was to be stored where")
			d.silence()
			saving.Wait()
			require.NoError(t, d.log.Close())
			d = openTest(t, d.dir, sdk.StartRestart)
			require.Equal(t, run(6, 5, 1), d.read(t, 6, 20, math.MaxUint64))
			require.NoError(t, d.log.Close())
		})
	}
}
