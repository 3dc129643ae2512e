package dragonboat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/sdk"
)

// A joiner that was killed right after it was told its number goes on with that.
func TestJoinThatBrokeOff(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 1)
	n1 := c.Nodes["n1"]
	s := openSeen(t, n1)
	n1.Ready()
	n1.Write("before")
	p := sdk.Peer{NodeID: "n2", Address: clustertest.FreeAddress(t)}
	require.NoError(t, n1.Members().AddLearner(clustertest.Soon(t), p, nil))
	n2 := c.Init(p, sdk.StartJoin)
	d := openTest(t, c.DirOf("n2"), sdk.StartJoin)
	require.NoError(t, d.log.setReplica(s.roll.numberOf("n2")))
	require.NoError(t, d.log.Close())
	for range 2 {
		n2.Restart()
		n2.Ready()
		require.NoError(t, n2.Barrier())
		require.Equal(t, []string{"before"}, n2.Entries())
	}
}

// A first node that was killed before the library had started it begins anew.
func TestFirstStartThatBrokeOff(t *testing.T) {
	t.Parallel()
	c := clustertest.NewCluster(t, testKind, 1)
	d := openTest(t, c.DirOf("n1"), sdk.StartNew)
	require.NoError(t, d.log.setReplica(firstReplica("n1")))
	require.NoError(t, d.log.Close())
	n := c.Nodes["n1"]
	for range 2 {
		n.Restart()
		n.Ready()
		n.Write("at last")
	}
}

// Which role the library is started with, from what the directory holds.
func TestStartsAsLearner(t *testing.T) {
	t.Parallel()
	d := newTest(t)
	for join, want := range map[bool]bool{false: false, true: true} {
		learner, err := d.log.startsAsLearner(1, join)
		require.NoError(t, err)
		require.Equal(t, want, learner)
	}
	d.log.newest.Index, d.log.newest.Membership = 5, d.made(t, 5, 1).Membership
	for number, want := range map[uint64]bool{1: false, 2: true, 3: true} {
		learner, err := d.log.startsAsLearner(number, false)
		require.NoError(t, err)
		require.Equal(t, want, learner, number)
	}
	require.NoError(t, d.log.Close())
}

// Names and numbers go both ways, whatever the name is.
func TestTargets(t *testing.T) {
	t.Parallel()
	for _, p := range []sdk.Peer{{NodeID: "n1", Address: "h:1"}, {NodeID: "a@b", Address: "[::1]:9"}, {NodeID: "@", Address: "h:1"}} {
		require.Equal(t, p, peerOf(targetOf(p)))
		require.NotZero(t, firstReplica(p.NodeID))
	}
	require.Empty(t, peerOf("nobody"))
	one, other := freshReplica(), freshReplica()
	require.NotEqual(t, one, other)
}
