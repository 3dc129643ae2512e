package hashiraft_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// A voter whose disk was wiped, and that is made anew under its old name, isn't
// let in: not as it was made at first, and not as one that joins (R16).
func TestWipedVoter(t *testing.T) {
	for _, start := range []sdk.Start{sdk.StartNew, sdk.StartJoin} {
		t.Run(start.String(), func(t *testing.T) {
			c := startCluster(t, 3)
			c.leader().write("before")
			n := c.follower()
			n.close()
			require.NoError(t, os.RemoveAll(c.dirOf(n.name)))
			again := c.init(sdk.Peer{NodeID: n.name, Address: c.addressOf(n.name)}, start)
			again.open()
			err := again.ended()
			require.ErrorIs(t, err, sdk.ErrWrongData)
			require.ErrorContains(t, err, "metalog member remove "+n.name)
			require.ErrorContains(t, err, "metalog init --join")
			require.Empty(t, again.entries(), "it was given something")
			again.backend = nil
			c.leader().write("after")
		})
	}
}

// What a node knows of the others' directories outlives its restart, although it
// is told of every configuration since its snapshot again, those included that
// the others weren't in yet.
func TestWipedVoterAfterRestarts(t *testing.T) {
	c := startCluster(t, 1)
	n1 := c.leader()
	n1.write("before")
	n4 := c.join(func(ctx context.Context, p sdk.Peer) error { return n1.members().AddLearner(ctx, p, nil) })
	require.NoError(t, n1.members().Promote(soon(t), "n4", nil))
	n5 := sdk.Peer{NodeID: "n5", Address: freeAddress(t)}
	require.NoError(t, n1.members().AddLearner(soon(t), n5, nil))
	five := c.init(n5, sdk.StartJoin)
	five.open()
	five.ready()
	require.NoError(t, n1.members().Promote(soon(t), "n5", nil))
	c.peers = append(c.peers, n5)
	five.write("acknowledged")
	c.same()
	require.Eventually(t, func() bool { // n4 has met n5 as well
		for _, m := range n4.status().Members {
			if m.NodeID == "n5" && m.MatchIndex > 0 {
				return true
			}
		}
		return false
	}, 10*time.Second, 5*time.Millisecond)
	five.close()
	n4.close()
	n1.close()
	require.NoError(t, os.RemoveAll(c.dirOf("n5")))
	n1.recorder, n4.recorder = newRecorder(), newRecorder()
	n1.open()
	n4.open()
	n1.ready()
	n4.ready()
	c.same()
	again := c.init(n5, sdk.StartJoin)
	again.open()
	require.ErrorIs(t, again.ended(), sdk.ErrWrongData)
	again.backend = nil
}

// Removed and added again, a wiped node is as good as a new one.
func TestWipedVoterIsReplaced(t *testing.T) {
	c := startCluster(t, 3)
	c.leader().write("before")
	n := c.follower()
	n.close()
	require.NoError(t, os.RemoveAll(c.dirOf(n.name)))
	p := sdk.Peer{NodeID: n.name, Address: c.addressOf(n.name)}
	leader := c.leader()
	require.NoError(t, leader.members().Remove(soon(t), n.name, nil))
	require.NoError(t, leader.members().AddVoter(soon(t), p, nil))
	again := c.init(p, sdk.StartJoin)
	again.open()
	again.ready()
	require.NoError(t, again.barrier())
	require.Equal(t, []string{"before"}, again.entries())
	again.write("by the replaced one")
	c.same()
}

// A member that was away while another was replaced takes the new one for an
// impostor until it has caught up. That doesn't end the new one.
func TestLateMemberDoesNotEndTheReplaced(t *testing.T) {
	c := startCluster(t, 4)
	leader := c.leader()
	leader.write("before")
	c.same()
	var others []*node
	for _, p := range c.peers {
		if n := c.nodes[p.NodeID]; n != leader {
			others = append(others, n)
		}
	}
	away, gone := others[0], others[1]
	away.close()
	p := sdk.Peer{NodeID: gone.name, Address: c.addressOf(gone.name)}
	require.NoError(t, leader.members().Remove(soon(t), gone.name, nil))
	gone.close()
	require.NoError(t, os.RemoveAll(c.dirOf(gone.name)))
	require.NoError(t, leader.members().AddLearner(soon(t), p, nil))
	again := c.init(p, sdk.StartJoin)
	again.open()
	again.ready()
	require.Eventually(t, func() bool { return again.propose("by the new one") == nil }, 10*time.Second, 5*time.Millisecond)
	away.open()
	away.ready()
	require.Eventually(t, func() bool { return away.barrier() == nil }, 10*time.Second, 5*time.Millisecond)
	require.Eventually(t, func() bool { return again.propose("still there") == nil }, 10*time.Second, 5*time.Millisecond)
	c.same()
}

// A node of another cluster at a member's address is told so, and changes
// nothing.
func TestOtherClusterAtTheAddress(t *testing.T) {
	c := startCluster(t, 3)
	n := c.follower()
	n.close()
	require.NoError(t, os.RemoveAll(c.dirOf(n.name)))
	other := &node{recorder: newRecorder(), cluster: c, name: n.name}
	require.NoError(t, sdk.InitDirectory(sdk.Config{
		ClusterID: "other", NodeID: n.name, DataDir: c.dirOf(n.name), Start: sdk.StartNew, Address: c.addressOf(n.name),
	}, identity))
	other.open()
	other.ready()
	other.write("in the other cluster")
	c.nodes[n.name] = &node{recorder: newRecorder(), cluster: c, name: n.name}
	c.leader().write("goes on")
	require.Equal(t, []string{"in the other cluster"}, other.entries())
	other.close()
}

// ended waits until the session has ended by itself, and returns why.
func (n *node) ended() error {
	n.cluster.t.Helper()
	life := n.backend.(sdk.Lifetime)
	select {
	case <-life.Done():
		return life.Err()
	case <-time.After(10 * time.Second):
		require.FailNow(n.cluster.t, "the session goes on")
		return nil
	}
}
