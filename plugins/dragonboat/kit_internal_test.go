package dragonboat

import (
	"context"
	"log/slog"
	"testing"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// openLog opens the disk in dir, and fails the test at trouble.
func openLog(t *testing.T, dir string, start sdk.Start) *disk {
	t.Helper()
	d, err := tryOpenLog(t, dir, start)
	require.NoError(t, err)
	return d
}

func tryOpenLog(t *testing.T, dir string, start sdk.Start) (*disk, error) {
	t.Helper()
	return openDisk(sdk.Config{DataDir: dir, Start: start}, &trouble{
		ctx: context.Background(), log: slog.New(slog.DiscardHandler), silent: make(chan struct{}),
		end:  func(err error) { t.Error(err) },
		full: func(err error) { require.NoError(t, err) },
	})
}

// entriesOf are n entries from index on.
func entriesOf(index uint64, n int, term uint64) []pb.Entry {
	var all []pb.Entry
	for i := range uint64(n) {
		all = append(all, pb.Entry{Index: index + i, Term: term, Key: 1, Cmd: []byte{commandVersion, byte(index + i)}})
	}
	return all
}

func save(t *testing.T, d *disk, ud pb.Update) {
	t.Helper()
	ud.ShardID, ud.ReplicaID = shard, 1
	require.NoError(t, d.log.SaveRaftState([]pb.Update{ud}, 1))
}

// indexes are those that the log gives out.
func indexes(t *testing.T, d *disk, low, high, maxSize uint64) []uint64 {
	t.Helper()
	entries, _, err := d.log.IterateEntries(nil, 0, shard, 1, low, high, maxSize)
	require.NoError(t, err)
	list := []uint64{}
	for _, e := range entries {
		list = append(list, e.Index)
	}
	return list
}
