package clustertest

import (
	"context"
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
