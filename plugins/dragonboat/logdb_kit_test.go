package dragonboat

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// testDisk is a directory's log and files outside a session.
type testDisk struct {
	*disk
	dir   string
	full  atomic.Pointer[error] // what was shown last of a full disk; to nil: it has room
	ended chan error
	end   context.CancelCauseFunc
}

// openTest opens dir and fails the test if that is refused.
func openTest(t *testing.T, dir string, start sdk.Start) *testDisk {
	t.Helper()
	d, err := tryOpen(t, dir, start)
	require.NoError(t, err)
	return d
}

func tryOpen(t *testing.T, dir string, start sdk.Start) (*testDisk, error) {
	t.Helper()
	d := &testDisk{dir: dir, ended: make(chan error, 10)}
	var ctx context.Context
	ctx, d.end = context.WithCancelCause(context.Background())
	end := func(err error) {
		d.ended <- err
		d.end(err)
	}
	trouble := newTrouble(ctx, end, func(err error) { d.full.Store(&err) }, slog.New(slog.DiscardHandler))
	var err error
	d.disk, err = openDisk(sdk.Config{DataDir: dir, Start: start}, trouble)
	return d, err
}

func newTest(t *testing.T) *testDisk {
	t.Helper()
	return openTest(t, t.TempDir(), sdk.StartNew)
}

// reopened is the directory closed in good order and opened again.
func (d *testDisk) reopened(t *testing.T) *testDisk {
	t.Helper()
	require.NoError(t, d.log.Close())
	return openTest(t, d.dir, sdk.StartRestart)
}

// silence ends the session as a port does that is closed.
func (d *testDisk) silence() { close(d.log.trouble.silent) }

// run is so many entries of a term.
func run(from uint64, n int, term uint64) []pb.Entry {
	entries := make([]pb.Entry, n)
	for i := range entries {
		index := from + uint64(i)
		entries[i] = pb.Entry{Index: index, Term: term, Cmd: fmt.Appendf(nil, "%d of %d", index, term)}
	}
	return entries
}

func state(term, vote, commit uint64) pb.State {
	return pb.State{Term: term, Vote: vote, Commit: commit}
}

// save stores one update.
func (d *testDisk) save(t *testing.T, ud pb.Update) {
	t.Helper()
	ud.ShardID, ud.ReplicaID = shard, 1
	require.NoError(t, d.log.SaveRaftState([]pb.Update{ud}, 1))
}

// made makes a snapshot's file as the library does, up to its description.
func (d *testDisk) made(t *testing.T, index, term uint64) pb.Snapshot {
	t.Helper()
	base := libraryHome + "/h/0/snapshot-part-1/snapshot-1-1"
	name := fmt.Sprintf("snapshot-%016X", index)
	require.NoError(t, d.files.MkdirAll(base+"/"+name+".generating", 0o755))
	f, err := d.files.Create(base + "/" + name + ".generating/" + name + snapshotSuffix)
	require.NoError(t, err)
	_, err = fmt.Fprintf(f, "state at %d of %d", index, term)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, d.files.Rename(base+"/"+name+".generating", base+"/"+name))
	return pb.Snapshot{
		Index: index, Term: term, Filepath: base + "/" + name + "/" + name + snapshotSuffix, ShardID: shard,
		Membership: pb.Membership{ConfigChangeId: 1, Addresses: map[uint64]string{1: "n1@h:1"}, NonVotings: map[uint64]string{2: "n2@h:2"}},
	}
}

// snap takes a snapshot of the node's own.
func (d *testDisk) snap(t *testing.T, index, term uint64) {
	t.Helper()
	require.NoError(t, d.log.SaveSnapshots([]pb.Update{{ShardID: shard, ReplicaID: 1, Snapshot: d.made(t, index, term)}}))
}

// read is the entries from low on, below high.
func (d *testDisk) read(t *testing.T, low, high, size uint64) []pb.Entry {
	t.Helper()
	entries, _, err := d.log.IterateEntries(nil, 0, shard, 1, low, high, size)
	require.NoError(t, err)
	return entries
}

// fileOf is the newest snapshot's.
func (d *testDisk) fileOf() string {
	path, _ := d.files.at(d.log.newest.Filepath)
	return path
}

// everything is the files of a directory and what they hold.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	}))
	return all
}
