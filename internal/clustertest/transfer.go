package clustertest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Leadership is handed on from any node.
func testTransfer(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	for range 2 {
		for _, p := range c.Peers {
			require.NoError(t, c.Follower().Transfer(p.NodeID))
			require.Equal(t, p.NodeID, c.Leader().Name)
		}
	}
	before := c.Leader()
	require.NoError(t, before.Transfer(""))
	require.NotEqual(t, before.Name, c.Leader().Name)
}

func testTransferIsRefused(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	away := c.Follower()
	away.Close()
	for _, n := range c.Nodes {
		if n.Backend == nil {
			continue
		}
		require.ErrorIs(t, n.Transfer("n9"), sdk.ErrConflict)
		err := n.Transfer(away.Name)
		require.ErrorIs(t, err, sdk.ErrConflict)
		require.ErrorContains(t, err, away.Name)
	}
	c.Leader().Write("goes on")
}

// Leadership goes to a voter that is there: the library would choose the first,
// and refuse all writes while it waits for that one.
func testTransferPassesOverWhoIsAway(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	leader := c.Leader()
	leader.Write("before")
	c.Same()
	c.Follower().Close()
	require.NoError(t, leader.Transfer(""))
	require.NotEqual(t, leader.Name, c.Leader().Name)
	c.Leader().Write("after")
}
