package dragonboat_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/sdk"
)

// without has a member removed that is open, and shows that it knows.
func without(t *testing.T, c *clustertest.Cluster, n *clustertest.Node) {
	t.Helper()
	require.NoError(t, c.Leader().Members().Remove(clustertest.Soon(t), n.Name, nil))
	require.Eventually(t, func() bool {
		st := n.Status()
		return !st.CanPropose && st.Health == sdk.HealthDegraded && strings.Contains(st.Reason, "removed")
	}, soonest, tick, "%s doesn't notice that it was removed", n.Name)
}

// A removed member notices, takes nothing any more, and closes in good order.
func TestRemovedFollower(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.Leader().Write("before")
	c.Same()
	gone := c.Follower()
	without(t, c, gone)
	err := gone.Propose("by the removed one")
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorContains(t, err, "removed")
	require.ErrorIs(t, gone.Barrier(), sdk.ErrNoQuorum)
	gone.Close()
	delete(c.Nodes, gone.Name)
	c.Leader().Write("after")
	require.Equal(t, []string{"before"}, gone.Entries())
}

// A removed node that comes back on its directory is told so for good, whether it
// learned of its removal or was away.
func TestRemovedNodeComesBack(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]bool{"it knew": true, "it was away": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 3)
			c.Leader().Write("before")
			c.Same()
			gone := c.Follower()
			delete(c.Nodes, gone.Name)
			if open {
				without(t, c, gone)
			}
			gone.Close()
			if !open {
				require.NoError(t, c.Leader().Members().Remove(clustertest.Soon(t), gone.Name, nil))
			}
			c.Leader().Write("without it")
			gone.Open()
			err := gone.Ended()
			require.ErrorIs(t, err, sdk.ErrWrongData)
			require.ErrorContains(t, err, "metalog init --join on an empty directory")
			require.NotContains(t, gone.Entries(), "without it")
			c.Leader().Write("after")
		})
	}
}

// A removed name that is added again is a new member with a number of its own; the
// library bars the old one.
func TestRemovedNameIsAddedAgain(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.Leader().Write("before")
	c.Same()
	numbers := map[string]bool{}
	for range 2 {
		gone := c.Follower()
		numbers[gone.Status().Details["replica"]] = true
		without(t, c, gone)
		gone.Close()
		require.NoError(t, os.RemoveAll(c.DirOf(gone.Name)))
		require.NoError(t, c.Leader().Members().AddLearner(clustertest.Soon(t), c.PeerOf(gone.Name), nil))
		again := c.Init(c.PeerOf(gone.Name), sdk.StartJoin)
		again.Open()
		again.Ready()
		require.NoError(t, c.Leader().Members().Promote(clustertest.Soon(t), gone.Name, nil))
		again.Write("by %s, again", again.Name)
		require.False(t, numbers[again.Status().Details["replica"]], "it has an old number")
		again.Restart()
		again.Ready()
		c.Same()
	}
}

// Two nodes of one name: the second is refused by everybody, and the first goes on.
func TestTwoNodesOfOneName(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.Leader().Write("before")
	first := c.Follower()
	other := clustertest.Empty(t, kind)
	other.Peers = append(other.Peers, sdk.Peer{NodeID: first.Name, Address: clustertest.FreeAddress(t)})
	for _, p := range c.Peers {
		if p.NodeID != first.Name {
			other.Peers = append(other.Peers, p)
		}
	}
	for _, start := range []sdk.Start{sdk.StartNew, sdk.StartJoin} {
		require.NoError(t, os.RemoveAll(other.DirOf(first.Name)))
		second := other.Init(other.Peers[0], start)
		second.Open()
		require.ErrorIs(t, second.Ended(), sdk.ErrWrongData, start.String())
		require.Empty(t, second.Entries())
	}
	first.Write("by the first")
	c.Same()
}

// The leader of two is removed: the other one is left with a cluster of its own. It
// wouldn't be, had it not heard before the leader was gone that the change was committed.
func TestRemovedLeaderOfTwo(t *testing.T) {
	t.Parallel()
	for _, through := range []string{"the leader", "the other"} {
		t.Run(through, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 2)
			old, other := c.Leader(), c.Follower()
			old.Write("before")
			asked := old
			if through == "the other" {
				asked = other
			}
			require.NoError(t, asked.Members().Remove(clustertest.Soon(t), old.Name, []string{"n1", "n2"}))
			delete(c.Nodes, old.Name)
			require.Eventually(t, func() bool { return other.Propose("alone") == nil }, soonest, tick)
			require.Eventually(t, func() bool { return old.Status().Health == sdk.HealthDegraded }, soonest, tick)
			require.NoError(t, other.Barrier())
			seesOnly(t, other)
		})
	}
}
