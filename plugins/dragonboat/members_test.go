package dragonboat_test

import (
	"context"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/sdk"
)

// joins adds a learner, or a voter, through n.
func joins(n *clustertest.Node, role sdk.Role) func(context.Context, sdk.Peer) error {
	return func(ctx context.Context, p sdk.Peer) error {
		if role == sdk.RoleLearner {
			return n.Members().AddLearner(ctx, p, nil)
		}
		return n.Members().AddVoter(ctx, p, nil)
	}
}

// rolesOf is who n takes for what.
func rolesOf(n *clustertest.Node) map[string]sdk.Role {
	roles := map[string]sdk.Role{}
	for _, m := range n.Status().Members {
		roles[m.NodeID] = m.Role
	}
	return roles
}

// sees waits until n takes the node for that.
func sees(t *testing.T, n *clustertest.Node, node string, role sdk.Role) {
	t.Helper()
	require.Eventually(t, func() bool { return rolesOf(n)[node] == role }, soonest, tick, "%s doesn't take %s for a %s", n.Name, node, role)
}

// seesOnly waits until n takes itself for the only member.
func seesOnly(t *testing.T, n *clustertest.Node) {
	t.Helper()
	only := map[string]sdk.Role{n.Name: sdk.RoleVoter}
	require.Eventually(t, func() bool { return maps.Equal(rolesOf(n), only) }, soonest, tick, "%s knows of others", n.Name)
}

func TestLearnerIsPromoted(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.Leader().Write("before")
	f := c.Follower()
	n4 := c.Join("n4", joins(f, sdk.RoleLearner))
	require.NoError(t, n4.Barrier())
	require.Equal(t, []string{"before"}, n4.Entries())
	n4.Write("by a learner")
	for _, n := range c.Nodes {
		sees(t, n, "n4", sdk.RoleLearner)
	}
	require.NoError(t, f.Members().Promote(clustertest.Soon(t), "n4", []string{"n1", "n2", "n3", "n4"}))
	require.NoError(t, n4.Barrier())
	n4.Write("by a voter")
	for _, n := range c.Nodes {
		sees(t, n, "n4", sdk.RoleVoter)
	}
	c.Same()
	require.NoError(t, f.Transfer("n4"))
	require.Equal(t, "n4", c.Leader().Name)
}

// What a node became after it joined, it is after a restart: with and without a
// snapshot taken before or since. The library ends a voter that thinks it a learner.
func TestRestartOfAJoinedNode(t *testing.T) {
	t.Parallel()
	compact := func(t *testing.T, n *clustertest.Node) {
		t.Helper()
		require.NoError(t, n.Compact())
	}
	promote := func(t *testing.T, n *clustertest.Node) {
		t.Helper()
		require.NoError(t, n.Members().Promote(clustertest.Soon(t), "n4", nil))
		require.NoError(t, n.Barrier())
	}
	again := func(t *testing.T, n *clustertest.Node) {
		t.Helper()
		n.Restart()
		n.Ready()
	}
	write := func(_ *testing.T, n *clustertest.Node) { n.Write("more") }
	type steps []func(*testing.T, *clustertest.Node)
	for name, is := range map[string]struct {
		joins sdk.Role
		do    steps
		is    sdk.Role
	}{
		"learner":                                {sdk.RoleLearner, nil, sdk.RoleLearner},
		"learner with a snapshot":                {sdk.RoleLearner, steps{compact}, sdk.RoleLearner},
		"promoted":                               {sdk.RoleLearner, steps{promote}, sdk.RoleVoter},
		"promoted, then a snapshot":              {sdk.RoleLearner, steps{promote, compact}, sdk.RoleVoter},
		"promoted after a snapshot":              {sdk.RoleLearner, steps{write, compact, promote}, sdk.RoleVoter},
		"promoted after a restart":               {sdk.RoleLearner, steps{again, promote, compact, write}, sdk.RoleVoter},
		"promoted after a restart on a snapshot": {sdk.RoleLearner, steps{write, compact, again, promote}, sdk.RoleVoter},
		"voter":                                  {sdk.RoleVoter, nil, sdk.RoleVoter},
		"voter with a snapshot":                  {sdk.RoleVoter, steps{compact}, sdk.RoleVoter},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 3)
			c.Leader().Write("before")
			n4 := c.Join("n4", joins(c.Leader(), is.joins))
			require.NoError(t, n4.Barrier())
			for _, step := range is.do {
				step(t, n4)
			}
			for range 2 {
				n4.Restart()
				n4.Ready()
				require.NoError(t, n4.Barrier())
				n4.Write("after")
				sees(t, n4, "n4", is.is)
			}
			c.Same()
		})
	}
}

// A leader's snapshot is all that a new member gets, and it begins with that.
func TestJoinBySnapshot(t *testing.T) {
	t.Parallel()
	for _, role := range []sdk.Role{sdk.RoleLearner, sdk.RoleVoter} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 3)
			proposeMany(t, c.Leader(), 100)
			for _, n := range c.Nodes {
				require.NoError(t, n.Barrier())
				require.NoError(t, n.Compact())
			}
			n4 := c.Join("n4", joins(c.Leader(), role))
			require.NoError(t, n4.Barrier())
			require.Equal(t, 1, n4.Restores())
			c.Same()
			n4.Restart()
			n4.Ready()
			n4.Write("after")
			c.Same()
		})
	}
}

// A cluster of one grows to three, and back.
func TestGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	n1 := c.Leader()
	n1.Write("alone")
	for _, name := range []string{"n2", "n3"} {
		n := c.Join(name, joins(n1, sdk.RoleLearner))
		require.NoError(t, n.Barrier())
		require.NoError(t, n1.Members().Promote(clustertest.Soon(t), name, nil))
		n.Write("by %s", name)
	}
	c.Same()
	c.RestartAll()
	for _, name := range []string{"n3", "n2"} {
		require.NoError(t, c.Nodes["n1"].Members().Remove(clustertest.Soon(t), name, nil))
		c.Nodes[name].Close()
		delete(c.Nodes, name)
		require.Eventually(t, func() bool { return c.Nodes["n1"].Propose("without "+name) == nil }, soonest, tick)
	}
	seesOnly(t, c.Nodes["n1"])
}

// A change that was decided on other members than there are isn't made.
func TestExpectedMembers(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	p := sdk.Peer{NodeID: "n4", Address: clustertest.FreeAddress(t)}
	for _, n := range c.Nodes {
		for _, expected := range [][]string{{"n1", "n2"}, {"n1", "n2", "n3", "n4"}, {"n1", "n2", "n5"}} {
			err := n.Members().AddLearner(clustertest.Soon(t), p, expected)
			require.ErrorIs(t, err, sdk.ErrConflict, n.Name)
			require.ErrorIs(t, err, sdk.ErrNotAppended, n.Name)
			require.ErrorIs(t, n.Members().Remove(clustertest.Soon(t), "n1", expected), sdk.ErrConflict)
		}
	}
	require.NoError(t, c.Follower().Members().AddLearner(clustertest.Soon(t), p, []string{"n3", "n2", "n1"}))
	require.ErrorIs(t, c.Follower().Members().Promote(clustertest.Soon(t), "n4", []string{"n1", "n2", "n3"}), sdk.ErrConflict)
	sees(t, c.Leader(), "n4", sdk.RoleLearner)
}

// Of several changes at once that all expect the same members one is made.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	results := make(chan error)
	for i, p := range c.Peers {
		add := sdk.Peer{NodeID: "m" + p.NodeID, Address: clustertest.FreeAddress(t)}
		n := c.Nodes[c.Peers[i].NodeID]
		go func() { results <- n.Members().AddLearner(clustertest.Soon(t), add, []string{"n1", "n2", "n3"}) }()
	}
	made := 0
	for range c.Peers {
		if err := <-results; err == nil {
			made++
		} else {
			require.ErrorIs(t, err, sdk.ErrConflict)
		}
	}
	require.Equal(t, 1, made)
}

// A joiner that was opened before it was added waits, says what for, and goes on when
// it is.
func TestJoinerThatIsEarly(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.Leader().Write("before")
	p := sdk.Peer{NodeID: "n4", Address: clustertest.FreeAddress(t)}
	n4 := c.Init(p, sdk.StartJoin)
	n4.Open()
	err := n4.Propose("too early")
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorContains(t, err, "metalog member add n4 "+p.Address)
	require.ErrorIs(t, n4.Barrier(), sdk.ErrNoQuorum)
	delete(c.Nodes, "n4")
	require.NoError(t, c.Leader().Members().AddLearner(clustertest.Soon(t), p, nil))
	n4.Ready()
	require.NoError(t, n4.Barrier())
	require.Equal(t, []string{"before"}, n4.Entries())
	n4.Write("in time")
}

// One that was closed while it waited waits again.
func TestJoinerThatIsEarlyAndRestarted(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	n1 := c.Leader()
	p := sdk.Peer{NodeID: "n2", Address: clustertest.FreeAddress(t)}
	n2 := c.Init(p, sdk.StartJoin)
	for range 2 {
		n2.Open()
		require.Equal(t, "0", n2.Status().Details["replica"])
		n2.Close()
	}
	require.NoError(t, n1.Members().AddLearner(clustertest.Soon(t), p, nil))
	n2.Open()
	n2.Ready()
	n2.Write("at last")
	c.Same()
}
