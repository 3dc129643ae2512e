package hashiraft_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

// A host whose Apply blocks, on the leader: the library can't give leadership up
// any more, so Close must get through all the same.
func TestBlockedApplyOnTheLeader(t *testing.T) {
	c := startCluster(t, 3)
	leader := c.leader()
	leader.write("before")
	release := leader.holdApply()
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := leader.backend.Propose(ctx, []byte("held"))
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	leader.close()
	c.leader().write("after")
}

// A follower that is held keeps nobody back, and catches up.
func TestBlockedApplyOnAFollower(t *testing.T) {
	c := startCluster(t, 3)
	f := c.follower()
	release := f.holdApply()
	for range 300 {
		c.leader().write("x")
	}
	release()
	c.same()
	require.NoError(t, f.barrier())
	require.Len(t, f.entries(), 300)
}

// An idle follower hears of a commit soon, since its own writes wait for that: the
// library's default is 50 to 100 ms.
func TestIdleFollowerIsToldSoon(t *testing.T) {
	c := startCluster(t, 3)
	f := c.follower()
	shortest := time.Hour
	for range 20 {
		began := time.Now()
		f.write("x")
		shortest = min(shortest, time.Since(began))
	}
	require.Less(t, shortest, 40*time.Millisecond)
}

// The largest entry passes on every node, a larger one on none.
func TestSizeLimit(t *testing.T) {
	c := startCluster(t, 3)
	for _, p := range c.peers {
		n := c.nodes[p.NodeID]
		require.NoError(t, n.propose(strings.Repeat("x", sdk.MaxEntrySize)), n.name)
		err := n.propose(strings.Repeat("x", sdk.MaxEntrySize+1))
		require.ErrorIs(t, err, sdk.ErrTooLarge, n.name)
		require.ErrorIs(t, err, sdk.ErrNotAppended, n.name)
	}
	c.same()
}

// What a caller does with its buffer afterwards is its own business, and so is
// what a host does with an entry.
func TestBuffers(t *testing.T) {
	c := startCluster(t, 3)
	for _, p := range c.peers {
		n := c.nodes[p.NodeID]
		data := bytes.Repeat([]byte("a"), 2000)
		require.NoError(t, n.backend.Propose(soon(t), data))
		clear(data)
	}
	c.same()
	for _, e := range c.leader().entries() {
		require.Equal(t, strings.Repeat("a", 2000), e)
	}
}

// A host that refuses an entry ends the session of its node, and only that.
func TestHostThatRefuses(t *testing.T) {
	c := startCluster(t, 3)
	leader := c.leader()
	leader.write("before")
	leader.mu.Lock()
	leader.failWith = context.DeadlineExceeded
	leader.mu.Unlock()
	require.ErrorIs(t, leader.propose("refused here"), sdk.ErrOutcomeUnknown)
	require.ErrorContains(t, leader.ended(), "the host can't apply")
	require.Equal(t, sdk.HealthFailed, leader.status().Health)
	leader.backend = nil
	c.leader().write("after")
	require.Equal(t, []string{"before", "refused here", "after"}, c.leader().entries())
}

// vast is a host whose snapshot takes longer than any close.
type vast struct {
	*recorder
	begun chan struct{}
}

func (v vast) Snapshot(context.Context) (sdk.Snapshot, error) { return v, nil }

func (v vast) WriteTo(w io.Writer) (n int64, err error) {
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	began := time.Now()
	close(v.begun)
	for err == nil && time.Since(began) < 15*time.Second {
		_, err = w.Write([]byte("more"))
		<-pause.C
	}
	return n, err
}

func (v vast) Release() {}

// The end of a session doesn't wait until a snapshot is written.
func TestCloseDuringASnapshot(t *testing.T) {
	c := newCluster(t, 1)
	n := c.nodes["n1"]
	host := vast{n.recorder, make(chan struct{})}
	b := sdk.Guard(hashiraft.New(), identity)
	require.NoError(t, b.Open(t.Context(), n.config(), host))
	n.ready()
	require.NoError(t, b.Propose(soon(t), []byte("a")))
	var compact sync.WaitGroup
	compact.Go(func() { _ = b.(sdk.Compacter).Compact(t.Context()) })
	<-host.begun
	require.NoError(t, b.Close(soon(t)))
	compact.Wait()
}
