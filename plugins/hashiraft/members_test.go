package hashiraft_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// join adds n4 as add says, and starts it.
func (c *cluster) join(add func(ctx context.Context, p sdk.Peer) error) *node {
	c.t.Helper()
	p := sdk.Peer{NodeID: "n4", Address: freeAddress(c.t)}
	require.NoError(c.t, add(soon(c.t), p))
	n := c.init(p, sdk.StartJoin)
	c.peers = append(c.peers, p)
	n.open()
	n.ready()
	return n
}

func TestLearnerIsPromoted(t *testing.T) {
	c := startCluster(t, 3)
	c.leader().write("before")
	f := c.follower()
	n4 := c.join(func(ctx context.Context, p sdk.Peer) error {
		return f.members().AddLearner(ctx, p, []string{"n1", "n2", "n3"})
	})
	require.NoError(t, n4.barrier())
	require.Equal(t, []string{"before"}, n4.entries())
	require.NoError(t, f.members().Promote(soon(t), "n4", nil))
	require.NoError(t, n4.barrier())
	n4.write("by the new one")
	c.same()
}

// A voter nobody reaches would take a cluster of one with it.
func TestVoterThatIsAwayIsRefused(t *testing.T) {
	c := startCluster(t, 1)
	n1 := c.leader()
	err := n1.members().AddVoter(soon(t), sdk.Peer{NodeID: "n2", Address: freeAddress(t)}, nil)
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorContains(t, err, "as a learner")
	n1.write("goes on")
}

func TestRemovedLeader(t *testing.T) {
	c := startCluster(t, 3)
	old := c.leader()
	old.write("before")
	require.NoError(t, old.members().Remove(soon(t), old.name, nil))
	require.Eventually(t, func() bool { return !old.status().CanPropose && old.status().Health == sdk.HealthDegraded }, 10*time.Second, 5*time.Millisecond)
	err := old.propose("by the removed one")
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorContains(t, err, "removed")
	for _, n := range c.nodes {
		if n != old {
			n.ready()
			require.NoError(t, n.barrier())
			n.write("by %s", n.name)
		}
	}
}
