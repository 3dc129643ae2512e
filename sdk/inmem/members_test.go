package inmem_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

func TestMemberIsAddedThenOpenedThenPromoted(t *testing.T) {
	v := newVoters(t)
	err := v.Backend("n4").Open(t.Context(), sdk.Config{NodeID: "n4"}, newMachine())
	require.ErrorIs(t, err, sdk.ErrWrongData)
	require.ErrorContains(t, err, `node "n4" is no member of this cluster, which has n1, n2, n3: add it first`)

	v.propose(t, "n1", "a")
	require.NoError(t, v.members("n2").AddLearner(t.Context(), sdk.Peer{NodeID: "n4", Address: "there"}, []string{"n3", "n1", "n2"}))
	v.open(t, "n4")
	v.applied(t, "n4", "a")
	v.propose(t, "n4", "b")
	require.NoError(t, v.barrier(t.Context(), "n4"))
	v.applied(t, "n4", "a", "b")
	s := v.status(t, "n4", func(s sdk.Status) bool { return s.CanPropose })
	require.Equal(t, sdk.Member{NodeID: "n4", Address: "there", Role: sdk.RoleLearner}, s.Members[3])

	v.Partition([]string{"n1", "n4"})
	v.refuses(t, "n4")
	v.Heal()
	require.NoError(t, v.members("n4").Promote(t.Context(), "n4", nil))
	v.status(t, "n1", func(s sdk.Status) bool {
		return slices.Contains(s.Members, sdk.Member{NodeID: "n4", Address: "there", Role: sdk.RoleVoter})
	})
	v.Partition([]string{"n2", "n4"})
	v.refuses(t, "n4")
	v.Partition([]string{"n2", "n3", "n4"})
	v.propose(t, "n4", "c")
	v.led(t, "n2", "3", "n2", "n3", "n4")
}

func TestVoterIsAddedAndCounts(t *testing.T) {
	v := newVoters(t)
	require.NoError(t, v.members("n1").AddVoter(t.Context(), sdk.Peer{NodeID: "n4"}, nil))
	v.propose(t, "n1", "a")
	v.kill("n3")
	v.refuses(t, "n1")
	v.open(t, "n4")
	v.propose(t, "n4", "b")
	v.applied(t, "n4", "a", "b")
}

func TestChangesThatDontFitAreRefused(t *testing.T) {
	v := newVoters(t)
	m, ctx := v.members("n1"), t.Context()
	require.NoError(t, m.AddLearner(ctx, sdk.Peer{NodeID: "l"}, nil))
	late, cancel := context.WithCancel(ctx)
	cancel()
	for want, err := range map[string]error{
		"the members are n1, n2, n3, l, not the expected n1": m.Remove(ctx, "n2", []string{"n1"}),
		"the members are n1, n2, n3, l, not the expected :":  m.Remove(ctx, "n2", []string{}),
		`node "n1" is a member already, a voter`:             m.AddLearner(ctx, sdk.Peer{NodeID: "n1"}, nil),
		`node "l" is a member already, a learner`:            m.AddVoter(ctx, sdk.Peer{NodeID: "l"}, nil),
		`node "n1" is a voter already`:                       m.Promote(ctx, "n1", nil),
		`node "n9" is no member, there are n1, n2, n3, l: a`: m.Promote(ctx, "n9", nil),
		`node "n9" is no member, there are n1, n2, n3, l`:    m.Remove(ctx, "n9", nil),
		"a member needs a name":                              m.AddVoter(ctx, sdk.Peer{}, nil),
	} {
		require.ErrorIs(t, err, sdk.ErrConflict)
		require.ErrorIs(t, err, sdk.ErrNotAppended)
		require.ErrorContains(t, err, want)
	}
	err := m.Remove(late, "n2", nil)
	require.ErrorIs(t, err, sdk.ErrTimeout)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.NoError(t, m.Remove(ctx, "l", []string{"l", "n3", "n2", "n1"}))
}

func TestChangesNeedAMajority(t *testing.T) {
	v := newVoters(t)
	v.Partition([]string{"n1", "n2"})
	require.ErrorIs(t, v.members("n3").Remove(t.Context(), "n1", nil), sdk.ErrNoQuorum)
	err := v.members("n1").Remove(t.Context(), "n2", nil)
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorContains(t, err, "afterwards only 1 of 2 voters would be open and within reach")
	require.NoError(t, v.members("n1").Remove(t.Context(), "n3", nil))
}

func TestLastVoterStays(t *testing.T) {
	v := &voters{inmem.NewCluster("n1"), map[string]sdk.Backend{}, map[string]*machine{}}
	v.open(t, "n1")
	m := v.members("n1")
	require.ErrorContains(t, m.Remove(t.Context(), "n1", nil), "the last voter")
	err := m.AddVoter(t.Context(), sdk.Peer{NodeID: "n2"}, nil)
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorContains(t, err, "a new one as a learner")
	require.NoError(t, m.AddLearner(t.Context(), sdk.Peer{NodeID: "n2"}, nil))
	require.ErrorIs(t, m.Remove(t.Context(), "n1", nil), sdk.ErrConflict)
	v.open(t, "n2")
	require.NoError(t, m.Promote(t.Context(), "n2", nil))
	require.NoError(t, m.Remove(t.Context(), "n1", nil))
	v.led(t, "n2", "2", "n2")
}

func TestRemovedNodeIsToldAndGetsNothing(t *testing.T) {
	const removed = `node "n1" was removed from the cluster: stop it, and add it again if it is to come back`
	v := newVoters(t)
	v.propose(t, "n1", "a")
	require.NoError(t, v.members("n1").Remove(t.Context(), "n1", nil))
	v.led(t, "n2", "2", "n2", "n3")
	v.propose(t, "n2", "b")
	v.has(t, "n1", "a")
	require.Len(t, v.degraded(t, "n1", removed).Members, 2)
	v.refuses(t, "n1")
	require.ErrorIs(t, v.barrier(t.Context(), "n1"), sdk.ErrNoQuorum)
	require.ErrorIs(t, v.members("n1").AddVoter(t.Context(), sdk.Peer{NodeID: "n1"}, nil), sdk.ErrNoQuorum)

	v.kill("n1")
	require.ErrorIs(t, v.Backend("n1").Open(t.Context(), sdk.Config{NodeID: "n1"}, newMachine()), sdk.ErrWrongData)
	require.NoError(t, v.members("n2").AddVoter(t.Context(), sdk.Peer{NodeID: "n1"}, nil))
	v.open(t, "n1")
	v.applied(t, "n1", "a", "b")
}

// Membership belongs to the node that was added, not to whoever has its name.
func TestSessionOfARemovedNodeDoesntComeBackWithItsName(t *testing.T) {
	v := newVoters(t)
	require.NoError(t, v.members("n1").Remove(t.Context(), "n3", nil))
	require.NoError(t, v.members("n1").AddVoter(t.Context(), sdk.Peer{NodeID: "n3"}, nil))
	v.refuses(t, "n3")
	require.ErrorIs(t, v.Backend("n3").Open(t.Context(), sdk.Config{NodeID: "n3"}, newMachine()), sdk.ErrConflict)
	v.kill("n2")
	v.refuses(t, "n1")
	v.kill("n3")
	v.open(t, "n3")
	v.propose(t, "n3", "a")
}

func TestNodeRemovedWhileCutOffLearnsItWhenItIsBack(t *testing.T) {
	v := newVoters(t)
	v.Partition([]string{"n1", "n2"})
	require.NoError(t, v.members("n1").Remove(t.Context(), "n3", nil))
	v.propose(t, "n1", "a")
	s := v.degraded(t, "n3", apart("n3", "n1, n2, n3"))
	require.Len(t, s.Members, 3)
	waits := make(chan error, 1)
	go func() { waits <- v.barrier(t.Context(), "n3") }()
	v.Heal()
	require.ErrorIs(t, <-waits, sdk.ErrNoQuorum)
	v.status(t, "n3", func(s sdk.Status) bool { return len(s.Members) == 2 && s.Health == sdk.HealthDegraded })
	v.has(t, "n3")
}
