package inmem_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

func TestNamedVotersClaimMore(t *testing.T) {
	named := sdk.Claimed(inmem.NewCluster("n1").Backend("n1"))
	unnamed := sdk.Claimed(inmem.NewCluster().Backend("n1"))
	require.ElementsMatch(t, sdk.Claims{
		sdk.Replicated, sdk.Snapshots, sdk.CanReadBarrier, sdk.CanCompact, sdk.CanTransfer, sdk.CanMembership,
	}, named)
	require.ElementsMatch(t, sdk.Claims{sdk.Replicated, sdk.Snapshots, sdk.CanReadBarrier, sdk.CanCompact}, unnamed)
}

func TestUnclaimedAbilitiesAreRefused(t *testing.T) {
	b := open(t, inmem.NewCluster().Backend("n1"), "n1", newMachine())
	_, ok := sdk.As[sdk.Transferer](b)
	require.False(t, ok)
	require.ErrorIs(t, b.(sdk.Transferer).TransferLeadership(t.Context(), ""), sdk.ErrUnsupported)
	require.ErrorIs(t, b.(sdk.Membership).Remove(t.Context(), "n1", nil), sdk.ErrUnsupported)
	shut(t, b)
}

func TestNothingIsCommittedWithoutAMajority(t *testing.T) {
	c := inmem.NewCluster("n1", "n2", "n3")
	v := &voters{c, map[string]sdk.Backend{}, map[string]*machine{}}
	v.open(t, "n2")
	s := v.degraded(t, "n2", apart("n2", "n1, n2, n3"))
	require.Equal(t, "0", s.Details["term"])
	require.Len(t, s.Members, 3)
	v.refuses(t, "n2")

	v.open(t, "n3")
	v.led(t, "n2", "1", "n2", "n3")
	v.propose(t, "n3", "a")
	v.open(t, "n1")
	v.led(t, "n2", "1", "n1", "n2", "n3")
	v.applied(t, "n1", "a")

	shut(t, v.backends["n1"])
	shut(t, v.backends["n2"])
	v.degraded(t, "n3", apart("n3", "n1, n2, n3"))
	v.refuses(t, "n3")
	v.has(t, "n3", "a")
}

func TestLeadershipMovesInMemberOrder(t *testing.T) {
	v := newVoters(t)
	v.led(t, "n1", "1", "n1", "n2", "n3")
	v.kill("n1")
	v.led(t, "n2", "2", "n2", "n3")
	v.open(t, "n1")
	v.led(t, "n2", "2", "n1", "n2", "n3")
	v.Partition([]string{"n3", "n1"})
	v.led(t, "n1", "3", "n1", "n3")
	s := v.degraded(t, "n2", apart("n2", "n1, n2, n3"))
	require.Equal(t, "2", s.Details["term"], "it hasn't heard of the next leader")
	v.Heal()
	v.led(t, "n1", "3", "n1", "n2", "n3")
	v.Partition()
	for node := range v.backends {
		v.degraded(t, node, apart(node, "n1, n2, n3"))
	}
	v.Heal()
	v.led(t, "n1", "4", "n1", "n2", "n3")
}

func TestMinorityStaysWhereItWas(t *testing.T) {
	v := newVoters(t)
	v.propose(t, "n1", "a")
	v.applied(t, "n3", "a")
	v.Partition([]string{"n1", "n2"})
	v.propose(t, "n2", "b")
	v.applied(t, "n1", "a", "b")
	v.refuses(t, "n3")
	v.has(t, "n3", "a")
	s := v.degraded(t, "n3", apart("n3", "n1, n2, n3"))
	require.EqualValues(t, 1, s.CommitIndex)
	require.EqualValues(t, 1, s.StoredIndex)

	v.kill("n3")
	v.open(t, "n3")
	v.has(t, "n3", "a")
	require.EqualValues(t, 1, v.degraded(t, "n3", s.Reason).StoredIndex)

	v.Heal()
	v.propose(t, "n3", "c")
	v.applied(t, "n3", "a", "b", "c")
	v.status(t, "n3", func(s sdk.Status) bool { return s.StoredIndex >= 2 })
}

// A node that was cut off while it still had entries to deliver delivers them,
// even if the others have compacted since.
func TestCutOffNodeDeliversWhatItHas(t *testing.T) {
	v := newVoters(t)
	v.Hold("n3")
	v.propose(t, "n1", "a", "b")
	v.Partition([]string{"n1", "n2"})
	v.propose(t, "n1", "c")
	v.applied(t, "n1", "a", "b", "c")
	require.NoError(t, v.backends["n1"].(sdk.Compacter).Compact(t.Context()))
	v.Release("n3")
	v.applied(t, "n3", "a", "b")
	require.Equal(t, []string{"apply"}, v.machines["n3"].calls)
	v.Heal()
	v.applied(t, "n3", "a", "b", "c")
	require.Equal(t, []string{"apply", "restore"}, v.machines["n3"].calls)
}

func TestNodeThatWasAwayRejoinsBySnapshot(t *testing.T) {
	for name, away := range map[string]func(*voters){
		"killed":  func(v *voters) { v.kill("n3") },
		"cut off": func(v *voters) { v.Partition([]string{"n1", "n2"}) },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVoters(t)
			v.propose(t, "n1", "a")
			v.applied(t, "n3", "a")
			away(v)
			v.propose(t, "n1", "b", "c")
			v.applied(t, "n2", "a", "b", "c")
			require.NoError(t, v.backends["n2"].(sdk.Compacter).Compact(t.Context()))
			v.propose(t, "n1", "d")
			v.Heal()
			if name == "killed" {
				v.open(t, "n3")
			}
			v.applied(t, "n3", "a", "b", "c", "d")
			require.Equal(t, []string{"apply", "restore", "apply"}, v.machines["n3"].calls)
			require.Equal(t, []uint64{1, 4}, v.machines["n3"].raw)
		})
	}
}

func TestKillEndsASessionAtOnce(t *testing.T) {
	v := newVoters(t)
	v.propose(t, "n1", "a")
	m := v.machines["n1"]
	m.waitApplied(t, 1)
	m.update(func() { m.block = true })
	v.propose(t, "n1", "b")
	m.wait(t, func() bool { return m.calls[len(m.calls)-1] == "blocked" })
	v.Kill("n1")
	require.ErrorIs(t, v.backends["n1"].Propose(t.Context(), nil), sdk.ErrClosed)
	v.gone("n1")
	require.ErrorContains(t, v.backends["n1"].(sdk.Lifetime).Err(), `node "n1" was killed`)
	v.led(t, "n2", "2", "n2", "n3")
	v.propose(t, "n2", "c")
	v.Kill("n1")
	m.update(func() { m.block = false })
	v.open(t, "n1")
	v.applied(t, "n1", "a", "b", "c")
}

func TestClusterOutlivesItsNodes(t *testing.T) {
	v := newVoters(t)
	require.NoError(t, v.members("n1").AddLearner(t.Context(), sdk.Peer{NodeID: "n4"}, nil))
	v.propose(t, "n1", "a")
	v.applied(t, "n2", "a")
	require.NoError(t, v.backends["n2"].(sdk.Compacter).Compact(t.Context()))
	v.propose(t, "n1", "b")
	for _, node := range []string{"n1", "n2", "n3"} {
		v.kill(node)
		v.machines[node] = newMachine()
	}
	v.open(t, "n4")
	v.refuses(t, "n4")
	for _, node := range []string{"n1", "n2", "n3"} {
		v.open(t, node)
	}
	for node := range v.backends {
		v.applied(t, node, "a", "b")
		require.Len(t, v.status(t, node, func(s sdk.Status) bool { return s.CanPropose }).Members, 4)
	}
}

// Leaving isn't losing the quorum: an orderly end tells no host of trouble.
func TestEndedSessionSaysNoMore(t *testing.T) {
	for range 50 {
		c, m := inmem.NewCluster(), newMachine()
		b := open(t, c.Backend("n1"), "n1", m)
		c.Heal()
		shut(t, b)
		for _, s := range m.statuses {
			require.Equal(t, sdk.HealthOK, s.Health)
		}
	}
}

func TestCutWithoutNamedVotersLeavesTheLeadersSide(t *testing.T) {
	c, m1, m2 := inmem.NewCluster(), newMachine(), newMachine()
	b1, b2 := open(t, c.Backend("n1"), "n1", m1), open(t, c.Backend("n2"), "n2", m2)
	c.Partition()
	propose(t, b1, "a")
	require.ErrorIs(t, b2.Propose(t.Context(), nil), sdk.ErrNoQuorum)
	shut(t, b1)
	propose(t, b2, "b")
	m2.waitApplied(t, 2)
	require.Equal(t, []string{"a", "b"}, m2.data)
	shut(t, b2)
}

func TestReadBarrierNeedsAMajority(t *testing.T) {
	v := newVoters(t)
	v.Partition([]string{"n1", "n2"})
	v.propose(t, "n1", "a")
	late, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, v.barrier(late, "n3"), sdk.ErrTimeout)

	waits, dies := make(chan error, 1), make(chan error, 1)
	go func() { waits <- v.barrier(t.Context(), "n3") }()
	v.has(t, "n3")
	require.Empty(t, waits)
	v.Heal()
	require.NoError(t, <-waits)
	v.applied(t, "n3", "a")

	v.Partition()
	go func() { dies <- v.barrier(t.Context(), "n3") }()
	v.kill("n3")
	require.ErrorIs(t, <-dies, sdk.ErrClosed)
}

// A snapshot of a session that is over may not touch the log of the next one.
func TestCompactOfADeadSessionIsDropped(t *testing.T) {
	v := newVoters(t)
	v.propose(t, "n1", "a")
	v.applied(t, "n3", "a")
	m := v.machines["n3"]
	m.stuck = make(chan struct{})
	done := make(chan error)
	go func() { done <- v.backends["n3"].(sdk.Compacter).Compact(t.Context()) }()
	m.wait(t, func() bool { return m.calls[len(m.calls)-1] == "writing" })
	v.kill("n3")
	dead := m.stuck
	v.machines["n3"] = newMachine()
	v.open(t, "n3")
	close(dead)
	require.ErrorIs(t, <-done, sdk.ErrClosed)
	v.applied(t, "n3", "a")
}

func TestAppendedFaultNeedsAMajorityToo(t *testing.T) {
	v := newVoters(t)
	boom := errors.New("boom")
	v.FailPropose("n3", boom, true)
	v.Partition([]string{"n1", "n2"})
	v.refuses(t, "n3")
	v.Heal()
	require.ErrorIs(t, v.backends["n3"].Propose(t.Context(), []byte("a")), boom)
	v.applied(t, "n1", "a")
}
