package hashiraft_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// A barrier on an idle cluster right after an election: the new leader doesn't
// know what is committed before something of its own term is.
func TestBarrierAfterElection(t *testing.T) {
	c := startCluster(t, 3)
	c.leader().write("before")
	for range 2 {
		c.leader().close()
		for _, n := range c.nodes {
			if n.backend == nil {
				continue
			}
			require.NoError(t, n.barrier(), n.name)
			require.Equal(t, []string{"before"}, n.entries(), n.name)
		}
		for _, n := range c.nodes {
			if n.backend == nil {
				n.open()
				n.ready()
			}
		}
	}
}

// The last entry is one that no host is given.
func TestBarrierAfterChangeOfMembers(t *testing.T) {
	c := startCluster(t, 3)
	c.leader().write("before")
	require.NoError(t, c.leader().members().AddLearner(soon(t), sdk.Peer{NodeID: "n4", Address: freeAddress(t)}, nil))
	for _, n := range c.nodes {
		require.NoError(t, n.barrier(), n.name)
		require.Equal(t, []string{"before"}, n.entries(), n.name)
	}
}

// Right after a start from a snapshot nothing has come since the snapshot.
func TestBarrierAfterStartFromSnapshot(t *testing.T) {
	c := startCluster(t, 3)
	c.leader().write("before")
	for _, n := range c.nodes {
		require.NoError(t, n.barrier())
		require.NoError(t, n.backend.(sdk.Compacter).Compact(soon(t)))
	}
	for _, n := range c.nodes {
		n.close()
	}
	for _, n := range c.nodes {
		n.recorder = newRecorder()
		n.open()
	}
	for _, n := range c.nodes {
		n.ready()
		require.NoError(t, n.barrier(), n.name)
		require.Equal(t, []string{"before"}, n.entries(), n.name)
		require.Equal(t, 1, n.restores, n.name)
	}
}

// Whatever one node has acknowledged is there for a barrier on any other, while
// leadership is handed on all the time.
func TestBarriersUnderTransfers(t *testing.T) {
	c := startCluster(t, 3)
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	load.Go(func() {
		for ctx.Err() == nil {
			for _, p := range c.peers {
				_ = c.nodes[p.NodeID].backend.(sdk.Transferer).TransferLeadership(ctx, p.NodeID)
			}
		}
	})
	acknowledged := 0
	for i := range 100 {
		writer, reader := c.nodes[fmt.Sprintf("n%d", i%3+1)], c.nodes[fmt.Sprintf("n%d", (i+1)%3+1)]
		data := fmt.Sprintf("write %d", i)
		if writer.propose(data) != nil {
			continue
		}
		acknowledged++
		if reader.barrier() == nil {
			require.Contains(t, reader.entries(), data)
		}
	}
	stop()
	load.Wait()
	require.Greater(t, acknowledged, 50)
	c.same()
}
