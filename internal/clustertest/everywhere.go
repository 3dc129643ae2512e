package clustertest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Writes and linearizable reads work on every node.
func testEveryNode(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	want := []string{}
	for _, p := range c.Peers {
		n := c.Nodes[p.NodeID]
		n.Write("by %s", n.Name)
		want = append(want, "by "+n.Name)
		for _, o := range c.Peers {
			require.NoError(t, c.Nodes[o.NodeID].Barrier())
			require.Equal(t, want, c.Nodes[o.NodeID].Entries(), "after a barrier on %s", o.NodeID)
		}
	}
	c.Same()
}

// The leader is closed: another leads, and what was written is there.
func testLeaderCloses(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	c.Leader().Write("before")
	old := c.Leader()
	old.Close()
	next := c.Leader()
	require.NotEqual(t, old.Name, next.Name)
	next.Write("after")
	old.Open()
	old.Ready()
	require.NoError(t, old.Barrier())
	require.Equal(t, []string{"before", "after"}, old.Entries())
	c.Same()
}

// Who waits for less long than an election may take is told all the same that nothing
// was done.
func testNoLeaderBeforeTheDeadline(t *testing.T, kind Kind) {
	t.Helper()
	n := NewCluster(t, kind, 3).Nodes["n1"]
	n.Open()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err := n.Backend.Propose(ctx, []byte("x"))
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
}
