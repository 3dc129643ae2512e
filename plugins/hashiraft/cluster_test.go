package hashiraft_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Writes and linearizable reads work on every node.
func TestEveryNode(t *testing.T) {
	c := startCluster(t, 3)
	want := []string{}
	for _, p := range c.peers {
		n := c.nodes[p.NodeID]
		n.write("by %s", n.name)
		want = append(want, "by "+n.name)
		for _, o := range c.peers {
			require.NoError(t, c.nodes[o.NodeID].barrier())
			require.Equal(t, want, c.nodes[o.NodeID].entries(), "after a barrier on %s", o.NodeID)
		}
	}
	c.same()
}

// The leader is closed: another leads, and what was written is there.
func TestLeaderCloses(t *testing.T) {
	c := startCluster(t, 3)
	c.leader().write("before")
	old := c.leader()
	old.close()
	next := c.leader()
	require.NotEqual(t, old.name, next.name)
	next.write("after")
	old.open()
	old.ready()
	require.NoError(t, old.barrier())
	require.Equal(t, []string{"before", "after"}, old.entries())
	c.same()
}
