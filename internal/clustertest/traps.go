package clustertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// A host whose Apply blocks, on the leader: the library can't give leadership up
// any more, so Close must get through all the same.
func testBlockedApplyOnTheLeader(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	leader := c.Leader()
	leader.Write("before")
	release := leader.HoldApply()
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := leader.Backend.Propose(ctx, []byte("held"))
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	leader.Close()
	c.Leader().Write("after")
}

// A follower that is held keeps nobody back, and catches up.
func testBlockedApplyOnAFollower(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	f := c.Follower()
	release := f.HoldApply()
	defer release()
	var acknowledged []string
	for i := range 300 { // a busy machine may cost a leader its office meanwhile
		if data := fmt.Sprintf("write %d", i); c.Leader().Propose(data) == nil {
			acknowledged = append(acknowledged, data)
		}
	}
	require.Greater(t, len(acknowledged), 250)
	require.Empty(t, f.Entries())
	release()
	c.Same()
	require.NoError(t, f.Barrier())
	require.Subset(t, f.Entries(), acknowledged)
}

// An idle follower hears of a commit soon, since its own writes wait for that: the
// library's default is 50 to 100 ms.
func testIdleFollowerIsToldSoon(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	shortest := func(n *Node) time.Duration {
		shortest := time.Hour
		for range 20 {
			began := time.Now()
			n.Write("x")
			shortest = min(shortest, time.Since(began))
		}
		return shortest
	}
	leader, follower := c.Leader(), c.Follower()
	require.Less(t, shortest(follower)-shortest(leader), 40*time.Millisecond)
}

// The largest entry passes on every node, a larger one on none.
func testSizeLimit(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	for _, p := range c.Peers {
		n := c.Nodes[p.NodeID]
		n.Write("%s", strings.Repeat("x", sdk.MaxEntrySize))
		err := n.Propose(strings.Repeat("x", sdk.MaxEntrySize+1))
		require.ErrorIs(t, err, sdk.ErrTooLarge, n.Name)
		require.ErrorIs(t, err, sdk.ErrNotAppended, n.Name)
	}
	c.Same()
}

// What a caller does with its buffer afterwards is its own business, and so is
// what a host does with an entry.
func testBuffers(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	for _, p := range c.Peers {
		n := c.Nodes[p.NodeID]
		data := bytes.Repeat([]byte("a"), 2000)
		require.NoError(t, n.Backend.Propose(Soon(t), data))
		clear(data)
	}
	c.Same()
	for _, e := range c.Leader().Entries() {
		require.Equal(t, strings.Repeat("a", 2000), e)
	}
}

// A host that refuses an entry ends the session of its node, and only that.
func testHostThatRefuses(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	leader := c.Leader()
	leader.Write("before")
	leader.FailApply(context.DeadlineExceeded)
	require.ErrorIs(t, leader.Propose("refused here"), sdk.ErrOutcomeUnknown)
	require.ErrorContains(t, leader.Ended(), "the host can't apply")
	require.Equal(t, sdk.HealthFailed, leader.Status().Health)
	c.Leader().Write("after")
	require.Equal(t, []string{"before", "refused here", "after"}, c.Leader().Entries())
}

// vast is a host whose snapshot takes longer than any close.
type vast struct {
	*Recorder
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
func testCloseDuringASnapshot(t *testing.T, kind Kind) {
	t.Helper()
	c := NewCluster(t, kind, 1)
	n := c.Nodes["n1"]
	host := vast{n.Recorder, make(chan struct{})}
	b := sdk.Guard(kind.New(), kind.Identity)
	require.NoError(t, b.Open(t.Context(), n.Config(), host))
	n.Ready()
	require.NoError(t, b.Propose(Soon(t), []byte("a")))
	var compact sync.WaitGroup
	compact.Go(func() { _ = b.(sdk.Compacter).Compact(t.Context()) })
	<-host.begun
	require.NoError(t, b.Close(Soon(t)))
	compact.Wait()
}
