package clustertest

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func testLearnerIsPromoted(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	c.Leader().Write("before")
	f := c.Follower()
	n4 := c.Join("n4", func(ctx context.Context, p sdk.Peer) error {
		return f.Members().AddLearner(ctx, p, []string{"n1", "n2", "n3"})
	})
	require.NoError(t, n4.Barrier())
	require.Equal(t, []string{"before"}, n4.Entries())
	require.NoError(t, f.Members().Promote(Soon(t), "n4", nil))
	require.NoError(t, n4.Barrier())
	n4.Write("by the new one")
	c.Same()
}

// A voter that never was a learner can lead, also after a restart.
func testAddedVoterLeads(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	l := c.Leader()
	n4 := c.Join("n4", func(ctx context.Context, p sdk.Peer) error { return l.Members().AddVoter(ctx, p, nil) })
	l.Write("before")
	c.Same()
	for range 2 {
		require.NoError(t, c.Leader().Transfer("n4"))
		require.Equal(t, n4, c.Leader())
		n4.Write("by n4")
		n4.Restart()
		n4.Ready()
	}
	c.Same()
}

// A member that lost its disk is removed and added again in one go: all who knew the
// earlier one let the new one in.
func testMemberReplacedWithoutAPause(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	n4 := c.Join("n4", func(ctx context.Context, p sdk.Peer) error { return c.Leader().Members().AddLearner(ctx, p, nil) })
	p := c.PeerOf("n4")
	for _, n := range c.Nodes {
		require.Eventually(t, func() bool { return n.knows("n4") }, patience, 5*time.Millisecond, "%s hasn't met n4", n.Name)
	}
	n4.Close()
	require.NoError(t, os.RemoveAll(c.DirOf("n4")))
	l := c.Leader()
	require.NoError(t, l.Members().Remove(Soon(t), "n4", nil))
	require.NoError(t, l.Members().AddLearner(Soon(t), p, nil))
	again := c.Init(p, sdk.StartJoin)
	again.Open()
	again.Ready()
	for _, n := range c.Nodes {
		require.Eventually(t, func() bool { return again.knows(n.Name) }, patience, 5*time.Millisecond, "n4 isn't let in by %s", n.Name)
	}
	again.Write("by the new one")
	c.Same()
}

// knows reports whether the node has heard from that member.
func (n *Node) knows(member string) bool {
	for _, m := range n.Status().Members {
		if m.NodeID == member {
			return !m.LastContact.IsZero()
		}
	}
	return false
}

// A voter nobody reaches would take a cluster of one with it.
func testVoterThatIsAwayIsRefused(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 1)
	n1 := c.Leader()
	err := n1.Members().AddVoter(Soon(t), sdk.Peer{NodeID: "n2", Address: FreeAddress(t)}, nil)
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorContains(t, err, "as a learner")
	n1.Write("goes on")
}

func testRemovedLeader(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	old := c.Leader()
	old.Write("before")
	require.NoError(t, old.Members().Remove(Soon(t), old.Name, nil))
	require.Eventually(t, func() bool { return !old.Status().CanPropose && old.Status().Health == sdk.HealthDegraded }, 10*time.Second, 5*time.Millisecond)
	err := old.Propose("by the removed one")
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorContains(t, err, "removed")
	for _, n := range c.Nodes {
		if n != old {
			n.Ready()
			require.NoError(t, n.Barrier())
			n.Write("by %s", n.Name)
		}
	}
}
