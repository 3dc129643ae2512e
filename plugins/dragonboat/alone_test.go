package dragonboat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Without a majority nothing is lost and nothing hangs.
func TestAloneWithoutQuorum(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	n := c.Nodes["n1"]
	n.Open()
	err := n.Propose("alone")
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorContains(t, err, "n1, n2, n3")
	require.ErrorIs(t, n.Barrier(), sdk.ErrNoQuorum)
	require.ErrorIs(t, n.Members().Remove(t.Context(), "n3", nil), sdk.ErrNoQuorum)
	c.Nodes["n2"].Open()
	n.Ready()
	n.Write("together")
	require.NoError(t, n.Barrier())
	require.Equal(t, []string{"together"}, n.Entries())
	c.Nodes["n2"].Close()
	require.Error(t, n.Propose("alone again"))
}

// What nodes say of each other, seen from any of them.
func TestStatus(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.Leader().Write("a")
	leader := c.Leader().Name
	for _, n := range c.Nodes {
		require.Eventually(t, func() bool {
			st := n.Status()
			for _, m := range st.Members {
				if m.Role != sdk.RoleVoter || m.Address != c.AddressOf(m.NodeID) || m.MatchIndex < c.Leader().Status().StoredIndex {
					return false
				}
			}
			return st.Leader == leader && len(st.Members) == 3 && st.Health == sdk.HealthOK && st.CommitIndex == st.StoredIndex
		}, soonest, tick, n.Name)
	}
}
