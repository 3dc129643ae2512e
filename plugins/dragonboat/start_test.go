package dragonboat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
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
	for _, is := range []struct {
		number        uint64
		join, learner bool
	}{{1, false, false}, {2, false, false}, {1, true, false}, {2, true, true}} {
		learner, err := d.log.startsAsLearner(is.number, is.join)
		require.NoError(t, err)
		require.Equal(t, is.learner, learner, is)
	}
	d.log.newest.Index, d.log.newest.Membership = 5, d.made(t, 5, 1).Membership
	for number, want := range map[uint64]bool{1: false, 2: true, 3: true} {
		learner, err := d.log.startsAsLearner(number, false)
		require.NoError(t, err)
		require.Equal(t, want, learner, number)
	}
	require.NoError(t, d.log.Close())
}

// A new member takes its number from whoever knows most, and from nobody who doesn't
// know all members or follows nobody.
func TestNumberBy(t *testing.T) {
	t.Parallel()
	report := func(leader string, number, index uint64) *peerpb.ReportResponse {
		return &peerpb.ReportResponse{Leader: leader, Replica: number, MembersIndex: index}
	}
	for want, reports := range map[uint64][]*peerpb.ReportResponse{
		0: {nil, report("", 1, 9), report("n1", 2, 0), report("n1", 0, 9)},
		3: {report("n1", 2, 4), report("n1", 3, 5), nil, report("", 4, 6)},
	} {
		require.Equal(t, want, numberBy(reports))
	}
}

// Names and numbers go both ways, whatever the name is.
func TestTargets(t *testing.T) {
	t.Parallel()
	for _, p := range []sdk.Peer{{NodeID: "n1", Address: "h:1"}, {NodeID: "a@b", Address: "[::1]:9"}, {NodeID: "@", Address: "h:1"}} {
		require.Equal(t, p, peerOf(targetOf(p)))
		require.NotZero(t, firstReplica(p.NodeID))
	}
	require.Empty(t, peerOf("nobody"))
	for _, learner := range []bool{false, true} {
		one, other := freshReplica(learner), freshReplica(learner)
		require.NotEqual(t, one, other)
		require.Equal(t, learner, addedAsLearner(one))
	}
}
