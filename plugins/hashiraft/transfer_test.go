package hashiraft_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func (n *node) transfer(t *testing.T, to string) error {
	t.Helper()
	return n.backend.(sdk.Transferer).TransferLeadership(soon(t), to)
}

// Leadership is handed on from any node.
func TestTransfer(t *testing.T) {
	c := startCluster(t, 3)
	for range 2 {
		for _, p := range c.peers {
			require.NoError(t, c.follower().transfer(t, p.NodeID))
			require.Equal(t, p.NodeID, c.leader().name)
		}
	}
	before := c.leader()
	require.NoError(t, before.transfer(t, ""))
	require.NotEqual(t, before.name, c.leader().name)
}

func TestTransferIsRefused(t *testing.T) {
	c := startCluster(t, 3)
	away := c.follower()
	away.close()
	for _, n := range c.nodes {
		if n.backend == nil {
			continue
		}
		require.ErrorIs(t, n.transfer(t, "n9"), sdk.ErrConflict)
		err := n.transfer(t, away.name)
		require.ErrorIs(t, err, sdk.ErrConflict)
		require.ErrorContains(t, err, away.name)
	}
	c.leader().write("goes on")
}

// Leadership goes to a voter that is there: the library would choose the first,
// and refuse all writes while it waits for that one.
func TestTransferPassesOverWhoIsAway(t *testing.T) {
	c := startCluster(t, 3)
	leader := c.leader()
	leader.write("before")
	c.same()
	c.follower().close()
	require.NoError(t, leader.transfer(t, ""))
	require.NotEqual(t, leader.name, c.leader().name)
	c.leader().write("after")
}
