package inmem_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// voters is a cluster with named voters, the sessions of its nodes and their
// hosts. A host outlives the sessions of its node.
type voters struct {
	*inmem.Cluster
	backends map[string]sdk.Backend
	machines map[string]*machine
}

// newVoters opens n1, n2 and n3, in this order.
func newVoters(t *testing.T) *voters {
	t.Helper()
	v := &voters{inmem.NewCluster("n1", "n2", "n3"), map[string]sdk.Backend{}, map[string]*machine{}}
	for _, node := range []string{"n1", "n2", "n3"} {
		v.open(t, node)
	}
	return v
}

func (v *voters) open(t *testing.T, node string) {
	t.Helper()
	if v.machines[node] == nil {
		v.machines[node] = newMachine()
	}
	b := open(t, v.Backend(node), node, v.machines[node])
	v.backends[node] = b
	t.Cleanup(func() { _ = b.Close(context.Background()) })
}

// apart is what node says while it reaches no leader.
func apart(node, members string) string {
	return fmt.Sprintf("no quorum: node %q reaches no leader among the members %s: open more of them, or mend the network", node, members)
}

// gone waits for the end of node's session.
func (v *voters) gone(node string) { <-v.backends[node].(sdk.Lifetime).Done() }

func (v *voters) kill(node string) {
	v.Kill(node)
	v.gone(node)
}

func (v *voters) propose(t *testing.T, node string, data ...string) {
	t.Helper()
	propose(t, v.backends[node], data...)
}

func (v *voters) refuses(t *testing.T, node string) {
	t.Helper()
	err := v.backends[node].Propose(t.Context(), []byte("refused"))
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
}

func (v *voters) barrier(ctx context.Context, node string) error {
	return v.backends[node].(sdk.ReadBarrierer).ReadBarrier(ctx)
}

func (v *voters) members(node string) sdk.Membership { return v.backends[node].(sdk.Membership) }

// status waits until what node says fits.
func (v *voters) status(t *testing.T, node string, fits func(sdk.Status) bool) sdk.Status {
	t.Helper()
	var last sdk.Status
	m := v.machines[node]
	m.wait(t, func() bool {
		last = m.statuses[len(m.statuses)-1]
		return fits(last)
	})
	return last
}

func (v *voters) led(t *testing.T, by, term string, nodes ...string) {
	t.Helper()
	for _, node := range nodes {
		s := v.status(t, node, func(s sdk.Status) bool { return s.Leader == by && s.Details["term"] == term })
		require.True(t, s.CanPropose)
		require.Equal(t, sdk.HealthOK, s.Health)
	}
}

func (v *voters) degraded(t *testing.T, node, reason string) sdk.Status {
	t.Helper()
	s := v.status(t, node, func(s sdk.Status) bool { return s.Reason == reason })
	require.Equal(t, sdk.HealthDegraded, s.Health)
	require.False(t, s.CanPropose)
	require.Empty(t, s.Leader)
	return s
}

func (v *voters) applied(t *testing.T, node string, data ...string) {
	t.Helper()
	m := v.machines[node]
	m.waitApplied(t, uint64(len(data)))
	m.mu.Lock()
	defer m.mu.Unlock()
	require.Equal(t, data, m.data)
}

// has is applied for a node that gets nothing: whatever it is to get it has got
// once its delivery goroutine has served a snapshot.
func (v *voters) has(t *testing.T, node string, data ...string) {
	t.Helper()
	require.NoError(t, v.backends[node].(sdk.Compacter).Compact(t.Context()))
	v.applied(t, node, data...)
}
