package dragonboat

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

var errFull = &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}

// A full disk is waited for, and shown; when there is room the write is made.
func TestPersistWaitsForRoom(t *testing.T) {
	d := newTest(t)
	tries := 0
	d.log.trouble.persist(func() error {
		if tries++; tries < 3 {
			return errFull
		}
		require.ErrorIs(t, *d.full.Load(), syscall.ENOSPC)
		require.ErrorContains(t, *d.full.Load(), "the disk is full, this node waits for some space")
		return nil
	}, func() bool { return true })
	require.Equal(t, 3, tries)
	require.NoError(t, *d.full.Load())
	require.Empty(t, d.ended)
	require.NoError(t, d.log.Close())
}

// A full disk that lasts doesn't keep the session from ending: it is held until
// nothing leaves the node any more, and not a moment longer.
func TestPersistEndsWithTheSession(t *testing.T) {
	for name, is := range map[string]struct {
		err       error
		unchanged bool
		ends      bool
	}{
		"full":                {errFull, true, false},
		"full, half written":  {errFull, false, true},
		"broken":              {syscall.EIO, true, true},
		"broken, and written": {syscall.EIO, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTest(t)
			var writing sync.WaitGroup
			tried, goOn := make(chan struct{}, 1000), make(chan struct{})
			writing.Go(func() {
				d.log.trouble.persist(func() error {
					tried <- struct{}{}
					return is.err
				}, func() bool { return is.unchanged })
				close(goOn)
			})
			<-tried
			if is.ends {
				err := <-d.ended
				broken := (*boltlog.BrokenDiskError)(nil)
				require.ErrorAs(t, err, &broken)
				require.ErrorIs(t, err, is.err)
			} else {
				d.end(membership.ErrOrderly)
			}
			select {
			case <-goOn:
				require.FailNow(t, "it goes on as if it were stored")
			default:
			}
			d.silence()
			writing.Wait()
			d.log.trouble.persist(func() error { panic("nothing is written any more") }, nil)
			require.NoError(t, d.log.Close())
		})
	}
}

// open opens a node on a backend whose session the test sees.
func openSeen(t *testing.T, n *clustertest.Node) *session {
	t.Helper()
	b := New().(*Backend)
	require.NoError(t, n.OpenOn(b, n.Config()))
	s, err := b.Running()
	require.NoError(t, err)
	return s
}

// A leader whose disk breaks ends its session and says why; what it had acknowledged is
// there, and the others go on.
func TestBrokenDisk(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 3)
	sessions := map[string]*session{}
	for _, p := range c.Peers {
		sessions[p.NodeID] = openSeen(t, c.Nodes[p.NodeID])
	}
	leader := c.Leader()
	leader.Write("before")
	require.NoError(t, sessions[leader.Name].disk.log.log.Close()) // every later access fails
	require.ErrorIs(t, leader.Propose("never stored there"), sdk.ErrOutcomeUnknown)
	err := leader.Ended()
	broken := (*boltlog.BrokenDiskError)(nil)
	require.ErrorAs(t, err, &broken)
	require.Equal(t, sdk.HealthFailed, leader.Status().Health)
	c.Leader().Write("after")
	leader.Restart()
	leader.Ready()
	require.NoError(t, leader.Barrier())
	c.Same()
	require.Subset(t, leader.Entries(), []string{"before", "after"})
}

// onSmallDisk has a node on a file system of a few MiB, and returns how to fill it and
// how to make room.
func onSmallDisk(t *testing.T, c *clustertest.Cluster, node string) (fill, room func()) {
	t.Helper()
	dir := c.DirOf(node)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("not shown: a full disk (a small file system can't be mounted: %v)", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	ballast := filepath.Join(dir, "ballast")
	return func() {
			f, err := os.Create(ballast)
			require.NoError(t, err)
			for err == nil {
				_, err = f.Write(make([]byte, 4<<10))
			}
			require.NoError(t, f.Close())
		}, func() {
			require.NoError(t, os.Remove(ballast))
		}
}

// A leader whose disk is full takes nothing, says why, and goes on when there is room:
// what wasn't acknowledged meanwhile comes once or not at all.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 1)
	fill, room := onSmallDisk(t, c, "n1")
	n := c.Init(c.PeerOf("n1"), sdk.StartNew) // what was there is below
	openSeen(t, n)
	n.Ready()
	n.Write("before")
	fill()
	var err error
	for i := 0; err == nil && i < 100; i++ { // the log's file has some room of its own
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		err = n.Backend.Propose(ctx, []byte(strings.Repeat("x", 64<<10)))
		cancel()
	}
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.Eventually(t, func() bool { return n.Status().Health == sdk.HealthDegraded }, 10*time.Second, 5*time.Millisecond)
	require.Contains(t, n.Status().Reason, "the disk is full")
	require.False(t, n.Status().CanPropose)
	for what, err := range map[string]error{"write": n.Propose("refused"), "read": n.Barrier()} {
		require.ErrorIs(t, err, sdk.ErrNoQuorum, what)
		require.ErrorIs(t, err, sdk.ErrNotAppended, what)
		require.ErrorContains(t, err, "the disk is full", what)
	}
	room()
	require.Eventually(t, func() bool { return n.Status().Health == sdk.HealthOK }, 10*time.Second, 5*time.Millisecond)
	n.Write("after")
	require.NotContains(t, n.Entries(), "refused")
	want := n.Entries()
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, want, n.Entries())
	n.Close()
}

// What the only voter can't store isn't delivered to a learner either: the voter may be
// gone before there is room.
func TestFullDiskOfTheOnlyVoter(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 1)
	fill, room := onSmallDisk(t, c, "n1")
	n := c.Init(c.PeerOf("n1"), sdk.StartNew)
	openSeen(t, n)
	n.Ready()
	learner := c.Join("n2", func(ctx context.Context, p sdk.Peer) error { return n.Members().AddLearner(ctx, p, nil) })
	n.Write("before")
	c.Same()
	fill()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for i := 0; i < 100 && n.Backend.Propose(ctx, []byte(strings.Repeat("x", 64<<10))) == nil; i++ {
	}
	n.Close()
	room()
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Subset(t, n.Entries(), learner.Entries())
	require.LessOrEqual(t, len(learner.Entries()), len(n.Entries()))
	n.Write("after")
	c.Same()
	n.Close()
}

// A node says that only what it has stored is committed.
func TestCapCommit(t *testing.T) {
	to := &transport{stored: func() uint64 { return 5 }}
	all := []pb.Message{{Type: pb.Replicate, Commit: 9}, {Type: pb.Heartbeat, Commit: 6}, {Type: pb.Replicate, Commit: 4}, {Type: pb.ReadIndexResp, Commit: 9}}
	to.capCommit(all)
	require.Equal(t, []uint64{5, 5, 4, 9}, []uint64{all[0].Commit, all[1].Commit, all[2].Commit, all[3].Commit})
}

// What an only voter couldn't store isn't delivered while its session ends.
func TestBrokenDiskDeliversNothing(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 1)
	n := c.Nodes["n1"]
	s := openSeen(t, n)
	n.Ready()
	n.Write("before")
	require.NoError(t, s.disk.log.log.Close())
	require.ErrorIs(t, n.Propose("never stored"), sdk.ErrOutcomeUnknown)
	broken := (*boltlog.BrokenDiskError)(nil)
	require.ErrorAs(t, n.Ended(), &broken)
	require.Equal(t, []string{"before"}, n.Entries())
}

// A snapshot that the log can't name any more doesn't cost the one that it names.
func TestSnapshotOnABrokenLog(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 1)
	n := c.Nodes["n1"]
	s := openSeen(t, n)
	n.Ready()
	n.Write("before")
	require.NoError(t, n.Compact())
	n.Write("after")
	require.NoError(t, s.disk.log.log.Close())
	require.Error(t, n.Compact())
	require.Error(t, n.Ended())
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, []string{"before", "after"}, n.Entries())
	require.Equal(t, 1, n.Restores())
}

// A disk that stays full doesn't keep a node from closing, and from being opened again
// when there is room.
func TestCloseOnAFullDisk(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 1)
	fill, room := onSmallDisk(t, c, "n1")
	n := c.Init(c.PeerOf("n1"), sdk.StartNew)
	openSeen(t, n)
	n.Ready()
	n.Write("before")
	fill()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for i := 0; i < 100 && n.Backend.Propose(ctx, []byte(strings.Repeat("x", 64<<10))) == nil; i++ {
	}
	n.Close()
	room()
	n.Restart()
	n.Ready()
	n.Write("after")
	require.Contains(t, n.Entries(), "before")
	n.Close()
}

// Whoever waits for entries to be deleted is told that the disk is full.
func TestCompactionOnAFullDisk(t *testing.T) {
	d := newTest(t)
	d.save(t, pb.Update{State: state(1, 0, 10), EntriesToSave: run(1, 10, 1)})
	waiting := make(chan error, 1)
	go func() { waiting <- d.log.awaitBeginning(t.Context(), 5) }()
	d.log.tried(5, errFull)
	require.ErrorIs(t, <-waiting, syscall.ENOSPC)
	go func() { waiting <- d.log.awaitBeginning(t.Context(), 6) }() // that it failed before doesn't count
	_, err := d.log.CompactEntriesTo(shard, 1, 6)
	require.NoError(t, err)
	require.NoError(t, <-waiting)
	require.EqualValues(t, 7, d.log.log.First())
	require.NoError(t, d.log.Close())
}

// What deletes entries in the background gives up on a full disk, and ends the session
// on a broken one.
func TestCompactionOnABadDisk(t *testing.T) {
	d := newTest(t)
	d.save(t, pb.Update{State: state(1, 0, 10), EntriesToSave: run(1, 10, 1)})
	require.NoError(t, d.log.log.Close())
	done, err := d.log.CompactEntriesTo(shard, 1, 5)
	require.NoError(t, err)
	<-done
	require.Error(t, <-d.ended)
	require.ErrorIs(t, d.log.awaitBeginning(t.Context(), 5), sdk.ErrClosed)
}
