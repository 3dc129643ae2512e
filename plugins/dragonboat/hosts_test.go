package dragonboat_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/sdk"
)

var errHost = errors.New("the host refuses")

// failing is a host that fails at what isn't nil.
type failing struct {
	*clustertest.Recorder
	snapshot, write, restore error
}

func (f failing) Snapshot(ctx context.Context) (sdk.Snapshot, error) {
	if f.snapshot != nil {
		return nil, f.snapshot
	}
	s, err := f.Recorder.Snapshot(ctx)
	return unwritten{s, f.write}, err
}

func (f failing) Restore(ctx context.Context, r io.Reader) error {
	if f.restore != nil {
		_, _ = io.CopyN(io.Discard, r, 10)
		return f.restore
	}
	return f.Recorder.Restore(ctx, r)
}

// unwritten is a snapshot that breaks off.
type unwritten struct {
	sdk.Snapshot
	err error
}

func (u unwritten) WriteTo(w io.Writer) (int64, error) {
	if u.err == nil {
		return u.Snapshot.WriteTo(w)
	}
	n, err := w.Write(make([]byte, 3<<20)) // more than a block
	return int64(n), errors.Join(u.err, err)
}

// A host that can't take a snapshot ends its session, and nothing else: what was
// committed is there at the next.
func TestHostThatCannotTakeASnapshot(t *testing.T) {
	c := newCluster(t, 3)
	c.Nodes["n1"].Host = failing{Recorder: c.Nodes["n1"].Recorder, snapshot: errHost}
	c.OpenAll()
	n := c.Nodes["n1"]
	n.Write("before")
	require.Error(t, n.Compact())
	err := n.Ended()
	require.ErrorIs(t, err, errHost)
	require.ErrorContains(t, err, "can't take a snapshot")
	require.Equal(t, sdk.HealthFailed, n.Status().Health)
	c.Leader().Write("without it")
	n.Host = nil
	n.Restart()
	n.Ready()
	n.Write("after")
	c.Same()
}

// A snapshot that can't be written is given up, and said so. The node goes on.
func TestHostThatCannotWriteASnapshot(t *testing.T) {
	c := newCluster(t, 1)
	n := c.Nodes["n1"]
	n.Host = failing{Recorder: n.Recorder, write: errHost}
	n.Open()
	n.Ready()
	n.Write("before")
	for range 2 {
		err := n.Compact()
		require.ErrorIs(t, err, errHost)
		require.ErrorContains(t, err, "the snapshot wasn't written")
		n.Write("goes on")
	}
	n.Host = nil
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, []string{"before", "goes on", "goes on"}, n.Entries())
	require.Zero(t, n.Restores())
	require.NoError(t, n.Compact())
}

// A host that can't restore ends its session, at the start as well as later.
func TestHostThatCannotRestore(t *testing.T) {
	c := startCluster(t, 1)
	n := c.Leader()
	n.Write("before")
	require.NoError(t, n.Compact())
	n.Close()
	n.Host = failing{Recorder: n.Recorder, restore: errHost}
	if err := n.TryOpen(n.Config()); err == nil { // it may come to it a moment later
		err = n.Ended()
		require.ErrorIs(t, err, errHost)
		require.ErrorContains(t, err, "can't restore")
	} else {
		require.ErrorIs(t, err, errHost)
	}
	n.Host = nil
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, []string{"before"}, n.Entries())
}

// The leader's snapshot comes to a host that can't restore it.
func TestHostThatCannotRestoreTheLeaders(t *testing.T) {
	c := startCluster(t, 3)
	c.Leader().Write("before")
	away := c.Follower()
	away.Close()
	for range 20 {
		c.Leader().Write("meanwhile")
	}
	for _, n := range c.Nodes {
		if n != away {
			require.NoError(t, n.Barrier())
			require.NoError(t, n.Compact())
		}
	}
	away.Host = failing{Recorder: away.Recorder, restore: errHost}
	away.Open()
	require.ErrorIs(t, away.Ended(), errHost)
	c.Leader().Write("after")
	away.Host = nil
	away.Restart()
	away.Ready()
	require.NoError(t, away.Barrier())
	c.Same()
}

// A host whose Apply waits for ever, while entries keep coming, keeps nobody from
// closing: neither on a follower nor where all are held.
func TestCloseWhileApplyIsHeld(t *testing.T) {
	c := startCluster(t, 3)
	c.Leader().Write("before")
	c.Same()
	for _, n := range c.Nodes {
		defer n.HoldApply()()
	}
	proposals := make(chan error)
	for _, n := range c.Nodes {
		b := n.Backend
		go func() { proposals <- b.Propose(context.Background(), []byte("held")) }()
	}
	for _, n := range c.Nodes {
		n.Close()
	}
	for range c.Nodes {
		require.Error(t, <-proposals)
	}
}
