package clustertest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// A barrier on an idle cluster right after an election: the new leader doesn't
// know what is committed before something of its own term is.
func testBarrierAfterElection(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	c.Leader().Write("before")
	for range 2 {
		c.Leader().Close()
		for _, n := range c.Nodes {
			if n.Backend == nil {
				continue
			}
			require.NoError(t, n.Barrier(), n.Name)
			require.Equal(t, []string{"before"}, n.Entries(), n.Name)
		}
		for _, n := range c.Nodes {
			if n.Backend == nil {
				n.Open()
				n.Ready()
			}
		}
	}
}

// The last entry is one that no host is given.
func testBarrierAfterChangeOfMembers(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	c.Leader().Write("before")
	require.NoError(t, c.Leader().Members().AddLearner(Soon(t), sdk.Peer{NodeID: "n4", Address: FreeAddress(t)}, nil))
	for _, n := range c.Nodes {
		require.NoError(t, n.Barrier(), n.Name)
		require.Equal(t, []string{"before"}, n.Entries(), n.Name)
	}
}

// Right after a start from a snapshot nothing has come since the snapshot.
func testBarrierAfterStartFromSnapshot(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	c.Leader().Write("before")
	for _, n := range c.Nodes {
		require.NoError(t, n.Barrier())
		require.NoError(t, n.Compact())
	}
	for _, n := range c.Nodes {
		n.Close()
	}
	for _, n := range c.Nodes {
		n.Recorder = NewRecorder()
		n.Open()
	}
	for _, n := range c.Nodes {
		n.Ready()
		require.NoError(t, n.Barrier(), n.Name)
		require.Equal(t, []string{"before"}, n.Entries(), n.Name)
		require.Equal(t, 1, n.Restores(), n.Name)
	}
}

// A barrier waits for a host that is far behind, for as long as its caller does: longer
// than anybody waits for a leader.
func testBarrierWaitsForItsHost(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	f := c.Follower()
	release := f.HoldApply()
	defer release()
	c.Leader().Write("before")
	barrier := make(chan error, 1)
	go func() { barrier <- f.Backend.(sdk.ReadBarrierer).ReadBarrier(Soon(t)) }()
	select {
	case err := <-barrier:
		require.FailNow(t, "the barrier didn't wait", "%v", err)
	case <-time.After(patience / 4):
	}
	release()
	require.NoError(t, <-barrier)
	require.Equal(t, []string{"before"}, f.Entries())
}

// Whatever one node has acknowledged is there for a barrier on any other, while
// leadership is handed on all the time.
func testBarriersUnderTransfers(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	load.Go(func() {
		for ctx.Err() == nil {
			for _, p := range c.Peers {
				_ = c.Nodes[p.NodeID].Backend.(sdk.Transferer).TransferLeadership(ctx, p.NodeID)
			}
		}
	})
	acknowledged := 0
	for i := range 100 {
		writer, reader := c.Nodes[fmt.Sprintf("n%d", i%3+1)], c.Nodes[fmt.Sprintf("n%d", (i+1)%3+1)]
		data := fmt.Sprintf("write %d", i)
		if writer.Propose(data) != nil {
			continue
		}
		acknowledged++
		if reader.Barrier() == nil {
			require.Contains(t, reader.Entries(), data)
		}
	}
	stop()
	load.Wait()
	require.Greater(t, acknowledged, 50)
	c.Same()
}
