package inmem_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

func TestEveryNodeGetsEveryEntryInOneOrder(t *testing.T) {
	const nodes, each = 3, 200
	c := inmem.NewCluster()
	var ms []*machine
	var bs []sdk.Backend
	for i := range nodes {
		ms = append(ms, newMachine())
		node := fmt.Sprint("n", i+1)
		bs = append(bs, open(t, c.Backend(node), node, ms[i]))
	}
	var writers sync.WaitGroup
	for i, b := range bs {
		for w := range 4 {
			writers.Go(func() {
				for n := range each {
					_ = b.Propose(t.Context(), fmt.Appendf(nil, "%d/%d/%d", i, w, n))
				}
			})
		}
	}
	writers.Wait()
	for _, m := range ms {
		m.waitApplied(t, nodes*4*each)
		require.Equal(t, ms[0].data, m.data)
	}
	for i := range ms[0].raw {
		require.EqualValues(t, i+1, ms[0].raw[i])
	}
	for _, b := range bs {
		shut(t, b)
	}
}

func TestBytesComeBackAsProposed(t *testing.T) {
	b, m := inmem.New(), newMachine()
	open(t, b, "n1", m)
	data := []byte("first")
	require.NoError(t, b.Propose(t.Context(), data))
	copy(data, "XXXXX")
	require.NoError(t, b.Propose(t.Context(), nil))
	require.NoError(t, b.Propose(t.Context(), make([]byte, sdk.MaxEntrySize)))
	err := b.Propose(t.Context(), make([]byte, sdk.MaxEntrySize+1))
	require.ErrorIs(t, err, sdk.ErrTooLarge)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	m.waitApplied(t, 3)
	require.Equal(t, []string{"first", "", string(make([]byte, sdk.MaxEntrySize))}, m.data)
	shut(t, b)
}

func TestReopenedNodeGetsTheLogAgain(t *testing.T) {
	c, m := inmem.NewCluster(), newMachine()
	b := open(t, c.Backend("n1"), "n1", m)
	propose(t, b, "a", "b")
	m.waitApplied(t, 2)
	shut(t, b)

	b = open(t, c.Backend("n1"), "n1", m)
	propose(t, b, "c")
	m.waitApplied(t, 3)
	require.Equal(t, []string{"a", "b", "c"}, m.data)
	require.Equal(t, []uint64{1, 2, 1, 2, 3}, m.raw)
	shut(t, b)
}

func TestCompactedPrefixComesAsRestore(t *testing.T) {
	c, m1, m2 := inmem.NewCluster(), newMachine(), newMachine()
	b1 := open(t, c.Backend("n1"), "n1", m1)
	propose(t, b1, "a", "b")
	m1.waitApplied(t, 2)
	compacter, ok := sdk.As[sdk.Compacter](b1)
	require.True(t, ok)
	require.NoError(t, compacter.Compact(t.Context()))
	require.NoError(t, compacter.Compact(t.Context()), "nothing left to compact")
	propose(t, b1, "c")

	b2 := open(t, c.Backend("n2"), "n2", m2)
	m2.waitApplied(t, 3)
	require.Equal(t, []string{"a", "b", "c"}, m2.data)
	require.Equal(t, []string{"restore", "apply"}, m2.calls)
	require.Equal(t, []uint64{3}, m2.raw)
	shut(t, b1)
	shut(t, b2)
}

func TestSlowNodeIsRestoredInMidSession(t *testing.T) {
	c, m1, m2 := inmem.NewCluster(), newMachine(), newMachine()
	b1 := open(t, c.Backend("n1"), "n1", m1)
	b2 := open(t, c.Backend("n2"), "n2", m2)
	c.Hold("n2")
	propose(t, b2, "a", "b")
	m1.waitApplied(t, 2)
	require.NoError(t, b1.(sdk.Compacter).Compact(t.Context()))
	require.Zero(t, m2.applied)
	c.Release("n2")
	m2.waitApplied(t, 2)
	require.Equal(t, []string{"restore"}, m2.calls)
	require.Equal(t, m1.data, m2.data)
	shut(t, b1)
	shut(t, b2)
}

func TestReadBarrierWaitsForWhatWasThere(t *testing.T) {
	c, m := inmem.NewCluster(), newMachine()
	b := open(t, c.Backend("n1"), "n1", m)
	r, ok := sdk.As[sdk.ReadBarrierer](b)
	require.True(t, ok)
	require.NoError(t, r.ReadBarrier(t.Context()))

	c.Hold("n1")
	propose(t, b, "a")
	late, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, r.ReadBarrier(late), sdk.ErrTimeout)
	done := make(chan error)
	go func() { done <- r.ReadBarrier(t.Context()) }()
	c.Release("n1")
	require.NoError(t, <-done)
	require.EqualValues(t, 1, m.applied)
	shut(t, b)
}

func TestOrderedFailures(t *testing.T) {
	c, m := inmem.NewCluster(), newMachine()
	b := open(t, c.Backend("n1"), "n1", m)
	dropped := &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}
	c.FailPropose("n1", dropped, false)
	c.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, true)
	require.ErrorIs(t, b.Propose(t.Context(), []byte("dropped")), sdk.ErrNoQuorum)
	require.ErrorIs(t, b.Propose(t.Context(), []byte("kept")), sdk.ErrOutcomeUnknown)
	propose(t, b, "fine")
	m.waitApplied(t, 2)
	require.Equal(t, []string{"kept", "fine"}, m.data)
	shut(t, b)
}

func TestSessionEndsByItself(t *testing.T) {
	boom := errors.New("boom")
	for name, end := range map[string]func(*inmem.Cluster, *machine, sdk.Backend){
		"by order": func(c *inmem.Cluster, _ *machine, _ sdk.Backend) { c.End("n1", boom) },
		"by the state machine": func(_ *inmem.Cluster, m *machine, b sdk.Backend) {
			m.update(func() { m.fail = boom })
			_ = b.Propose(context.Background(), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := inmem.NewCluster(), newMachine()
			b := open(t, c.Backend("n1"), "n1", m)
			life := b.(sdk.Lifetime)
			require.NoError(t, life.Err())
			end(c, m, b)
			<-life.Done()
			require.ErrorIs(t, life.Err(), boom)
			err := b.Propose(t.Context(), nil)
			require.ErrorIs(t, err, sdk.ErrClosed)
			require.ErrorIs(t, err, sdk.ErrNotAppended)
			require.ErrorIs(t, b.(sdk.ReadBarrierer).ReadBarrier(t.Context()), sdk.ErrClosed)
			require.ErrorIs(t, b.(sdk.Compacter).Compact(t.Context()), sdk.ErrClosed)
			shut(t, b)
			shut(t, open(t, c.Backend("n1"), "n1", newMachine()))
		})
	}
}

func TestCloseEndsABlockedApply(t *testing.T) {
	b, m := inmem.New(), newMachine()
	m.block = true
	open(t, b, "n1", m)
	propose(t, b, "a")
	m.wait(t, func() bool { return len(m.calls) > 0 })
	done := make(chan error)
	go func() { done <- b.(sdk.ReadBarrierer).ReadBarrier(t.Context()) }()
	shut(t, b)
	require.ErrorIs(t, <-done, sdk.ErrClosed)
	require.NoError(t, b.(sdk.Lifetime).Err())
}

func TestCompactGivesUpWithItsCaller(t *testing.T) {
	b, m := inmem.New(), newMachine()
	m.block = true
	open(t, b, "n1", m)
	propose(t, b, "a")
	m.wait(t, func() bool { return len(m.calls) > 0 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.(sdk.Compacter).Compact(ctx), sdk.ErrTimeout)
	shut(t, b)
}

func TestASnapshotNobodyWaitsForIsReleased(t *testing.T) {
	b, m := inmem.New(), newMachine()
	m.gate = make(chan struct{})
	open(t, b, "n1", m)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.(sdk.Compacter).Compact(ctx) }()
	m.wait(t, func() bool { return slices.Contains(m.calls, "asked") })
	cancel()
	require.ErrorIs(t, <-done, sdk.ErrTimeout)
	close(m.gate)
	m.wait(t, func() bool { return slices.Contains(m.calls, "release") })
	shut(t, b)
}

func TestStatusNamesLeaderAndMembers(t *testing.T) {
	c, m1, m2 := inmem.NewCluster(), newMachine(), newMachine()
	b1 := open(t, c.Backend("n1"), "n1", m1)
	b2 := open(t, c.Backend("n2"), "n2", m2)
	m1.wait(t, func() bool { return len(m1.statuses[len(m1.statuses)-1].Members) == 2 })
	m2.wait(t, func() bool { return m2.statuses[0].Leader == "n1" })
	shut(t, b1)
	var last sdk.Status
	m2.wait(t, func() bool {
		last = m2.statuses[len(m2.statuses)-1]
		return last.Leader == "n2"
	})
	require.True(t, last.CanPropose)
	require.Equal(t, []sdk.Member{{NodeID: "n1", Role: sdk.RoleVoter}, {NodeID: "n2", Role: sdk.RoleVoter}}, last.Members)
	shut(t, b2)
}

func TestOpenIsRefused(t *testing.T) {
	c := inmem.NewCluster()
	b := open(t, c.Backend("n1"), "n1", newMachine())
	require.ErrorIs(t, b.Open(t.Context(), sdk.Config{NodeID: "n1"}, newMachine()), sdk.ErrInternal)
	require.ErrorIs(t, c.Backend("n1").Open(t.Context(), sdk.Config{NodeID: "n1"}, newMachine()), sdk.ErrConflict)
	require.ErrorIs(t, c.Backend("n2").Open(t.Context(), sdk.Config{NodeID: "n3"}, newMachine()), sdk.ErrInvalidConfig)
	shut(t, b)
	shut(t, c.Backend("n1"))
}

func TestClaimsAreKept(t *testing.T) {
	require.False(t, sdk.Claimed(inmem.New()).Has(sdk.Replicated))
	require.True(t, sdk.Claimed(inmem.NewCluster().Backend("n1")).Has(sdk.Replicated))
	require.False(t, sdk.Claimed(inmem.New()).Has(sdk.Durable))
}
