package clustertest

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
func testWipedVoter(t *testing.T, kind Kind) {
	t.Helper()
	for _, start := range []sdk.Start{sdk.StartNew, sdk.StartJoin} {
		t.Run(start.String(), func(t *testing.T) {
			c := StartCluster(t, kind, 3)
			c.Leader().Write("before")
			n := c.Follower()
			n.Close()
			require.NoError(t, os.RemoveAll(c.DirOf(n.Name)))
			again := c.Init(sdk.Peer{NodeID: n.Name, Address: c.AddressOf(n.Name)}, start)
			again.Open()
			err := again.Ended()
			require.ErrorIs(t, err, sdk.ErrWrongData)
			require.ErrorContains(t, err, "metalog member remove "+n.Name)
			require.ErrorContains(t, err, "metalog init --join")
			require.Empty(t, again.Entries(), "it was given something")
			c.Leader().Write("after")
		})
	}
}

// What a node knows of the others' directories outlives its restart, although it
// is told of every configuration since its snapshot again, those included that
// the others weren't in yet.
func testWipedVoterAfterRestarts(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 1)
	n1 := c.Leader()
	n1.Write("before")
	n4 := c.Join("n4", func(ctx context.Context, p sdk.Peer) error { return n1.Members().AddLearner(ctx, p, nil) })
	require.NoError(t, n1.Members().Promote(Soon(t), "n4", nil))
	n5 := sdk.Peer{NodeID: "n5", Address: FreeAddress(t)}
	require.NoError(t, n1.Members().AddLearner(Soon(t), n5, nil))
	five := c.Init(n5, sdk.StartJoin)
	five.Open()
	five.Ready()
	require.NoError(t, n1.Members().Promote(Soon(t), "n5", nil))
	c.Peers = append(c.Peers, n5)
	five.Write("acknowledged")
	c.Same()
	require.Eventually(t, func() bool { // n4 has met n5 as well
		for _, m := range n4.Status().Members {
			if m.NodeID == "n5" && m.MatchIndex > 0 {
				return true
			}
		}
		return false
	}, 10*time.Second, 5*time.Millisecond)
	five.Close()
	n4.Close()
	n1.Close()
	require.NoError(t, os.RemoveAll(c.DirOf("n5")))
	n1.Recorder, n4.Recorder = NewRecorder(), NewRecorder()
	n1.Open()
	n4.Open()
	n1.Ready()
	n4.Ready()
	c.Same()
	again := c.Init(n5, sdk.StartJoin)
	again.Open()
	require.ErrorIs(t, again.Ended(), sdk.ErrWrongData)
}

// Removed and added again, a wiped node is as good as a new one.
func testWipedVoterIsReplaced(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	c.Leader().Write("before")
	n := c.Follower()
	n.Close()
	require.NoError(t, os.RemoveAll(c.DirOf(n.Name)))
	p := sdk.Peer{NodeID: n.Name, Address: c.AddressOf(n.Name)}
	leader := c.Leader()
	require.NoError(t, leader.Members().Remove(Soon(t), n.Name, nil))
	require.NoError(t, leader.Members().AddVoter(Soon(t), p, nil))
	again := c.Init(p, sdk.StartJoin)
	again.Open()
	again.Ready()
	require.NoError(t, again.Barrier())
	require.Equal(t, []string{"before"}, again.Entries())
	again.Write("by the replaced one")
	c.Same()
}

// A member that was away while another was replaced takes the new one for an
// impostor until it has caught up. That doesn't end the new one.
func testLateMemberDoesNotEndTheReplaced(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 4)
	leader := c.Leader()
	leader.Write("before")
	c.Same()
	var others []*Node
	for _, p := range c.Peers {
		if n := c.Nodes[p.NodeID]; n != leader {
			others = append(others, n)
		}
	}
	away, gone := others[0], others[1]
	away.Close()
	p := sdk.Peer{NodeID: gone.Name, Address: c.AddressOf(gone.Name)}
	require.NoError(t, leader.Members().Remove(Soon(t), gone.Name, nil))
	gone.Close()
	require.NoError(t, os.RemoveAll(c.DirOf(gone.Name)))
	require.NoError(t, leader.Members().AddLearner(Soon(t), p, nil))
	again := c.Init(p, sdk.StartJoin)
	again.Open()
	again.Ready()
	require.Eventually(t, func() bool { return again.Propose("by the new one") == nil }, 10*time.Second, 5*time.Millisecond)
	away.Open()
	away.Ready()
	require.Eventually(t, func() bool { return away.Barrier() == nil }, 10*time.Second, 5*time.Millisecond)
	require.Eventually(t, func() bool { return again.Propose("still there") == nil }, 10*time.Second, 5*time.Millisecond)
	c.Same()
}

// A node of another cluster at a member's address is told so, and changes
// nothing.
func testOtherClusterAtTheAddress(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	n := c.Follower()
	n.Close()
	require.NoError(t, os.RemoveAll(c.DirOf(n.Name)))
	other := NewNode(c, n.Name)
	require.NoError(t, sdk.InitDirectory(sdk.Config{
		ClusterID: "other", NodeID: n.Name, DataDir: c.DirOf(n.Name), Start: sdk.StartNew, Address: c.AddressOf(n.Name),
	}, kind.Identity))
	other.Open()
	other.Ready()
	other.Write("in the other cluster")
	c.Nodes[n.Name] = NewNode(c, n.Name)
	c.Leader().Write("goes on")
	require.Equal(t, []string{"in the other cluster"}, other.Entries())
	other.Close()
}
