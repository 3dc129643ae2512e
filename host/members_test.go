package host_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/sdk"
)

var three = []string{"n1", "n2", "n3"}

// roles are the members that a node names, once they are what a test wants.
func requireRoles(t *testing.T, s *host.Store, want map[string]sdk.Role) {
	t.Helper()
	require.Eventually(t, func() bool {
		members := s.Status().Backend.Members
		for _, m := range members {
			if want[m.NodeID] != m.Role {
				return false
			}
		}
		return len(members) == len(want)
	}, waitFor, tick)
}

func TestMembersComeAndGo(t *testing.T) {
	c := hosttest.Voters(t, 3)
	n2, ctx := c.Store(1), t.Context()
	require.NoError(t, n2.AddLearner(ctx, sdk.Peer{NodeID: "n4", Address: "four:1"}, []string{"n3", "n2", "n1"}))
	requireRoles(t, n2, map[string]sdk.Role{"n1": sdk.RoleVoter, "n2": sdk.RoleVoter, "n3": sdk.RoleVoter, "n4": sdk.RoleLearner})
	n4 := c.Open(3)
	require.NoError(t, n4.PromoteMember(ctx, "n4", nil), "on any node")
	require.NoError(t, n2.RemoveMember(ctx, "n1", []string{"n1", "n2", "n3", "n4"}))
	left := map[string]sdk.Role{"n2": sdk.RoleVoter, "n3": sdk.RoleVoter, "n4": sdk.RoleVoter}
	requireRoles(t, n2, left)
	requireRoles(t, n4, left)
	require.NoError(t, n2.AddVoter(ctx, sdk.Peer{NodeID: "n5", Address: "five:1"}, nil))
	_, err := n4.CreateTopic(ctx, topic("orders"))
	require.NoError(t, err)
}

func TestChangesThatDoNotFit(t *testing.T) {
	c := hosttest.Voters(t, 3)
	s, ctx := c.Store(0), t.Context()
	for name, err := range map[string]error{
		"others than expected": s.RemoveMember(ctx, "n3", []string{"n1", "n3"}),
		"nobody expected":      s.AddLearner(ctx, sdk.Peer{NodeID: "n4"}, []string{}),
		"there already":        s.AddVoter(ctx, sdk.Peer{NodeID: "n2"}, three),
		"a voter already":      s.PromoteMember(ctx, "n2", nil),
		"no member":            s.RemoveMember(ctx, "n9", nil),
		"a stranger leads":     s.TransferLeadership(ctx, "n9"),
	} {
		require.ErrorIs(t, err, sdk.ErrConflict, name)
		require.ErrorIs(t, err, sdk.ErrNotAppended, name)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, s.RemoveMember(gone, "n3", nil), sdk.ErrTimeout)
	require.ErrorIs(t, s.TransferLeadership(gone, "n3"), sdk.ErrTimeout)
	requireRoles(t, s, map[string]sdk.Role{"n1": sdk.RoleVoter, "n2": sdk.RoleVoter, "n3": sdk.RoleVoter})
}

func TestLeadershipIsHandedOn(t *testing.T) {
	c := hosttest.Voters(t, 3)
	leads := func(node string) {
		t.Helper()
		require.Eventually(t, func() bool { return c.Store(0).Status().Backend.Leader == node }, waitFor, tick)
	}
	leads("n1")
	require.NoError(t, c.Store(2).TransferLeadership(t.Context(), "n3"))
	leads("n3")
	require.NoError(t, c.Store(1).TransferLeadership(t.Context(), ""))
	leads("n1")
}

// What a backend doesn't claim is refused in words that name what it does.
func TestClusterThatIsNotClaimed(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	ctx := t.Context()
	for claim, err := range map[sdk.Claim]error{
		sdk.CanMembership: s.RemoveMember(ctx, "n1", nil),
		sdk.CanTransfer:   s.TransferLeadership(ctx, ""),
	} {
		require.ErrorIs(t, err, sdk.ErrUnsupported)
		require.ErrorIs(t, err, sdk.ErrNotAppended)
		require.ErrorContains(t, err, "it would have to claim "+string(claim)+", and claims replicated, snapshots")
	}
	bare, err := open(t, host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return newBackend(echo), nil }})
	require.NoError(t, err)
	require.ErrorContains(t, bare.TransferLeadership(ctx, ""), "and claims nothing")
}

// A store without a session hasn't asked anybody.
func TestChangeWithoutABackend(t *testing.T) {
	c := hosttest.Voters(t, 1)
	s := c.Store(0)
	require.NoError(t, s.Close())
	for _, err := range []error{s.RemoveMember(t.Context(), "n1", nil), s.TransferLeadership(t.Context(), "")} {
		require.ErrorIs(t, err, sdk.ErrClosed)
		require.ErrorIs(t, err, sdk.ErrNotAppended)
	}
}

// speechless is a backend whose changes fail without saying what that means.
type speechless struct {
	*backend
	err error
}

func (b speechless) AddLearner(context.Context, sdk.Peer, []string) error { return b.err }
func (b speechless) AddVoter(context.Context, sdk.Peer, []string) error   { return b.err }
func (b speechless) Promote(context.Context, string, []string) error      { return b.err }
func (b speechless) Remove(context.Context, string, []string) error       { return b.err }

func TestErrorThatSaysNothingLeavesAllOpen(t *testing.T) {
	for err, reason := range map[error]error{errors.New("boom"): sdk.ErrInternal, context.DeadlineExceeded: sdk.ErrTimeout} {
		b := newBackend(echo)
		b.claims = sdk.Claims{sdk.CanMembership}
		s, opened := open(t, host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return speechless{b, err}, nil }})
		require.NoError(t, opened)
		got := s.PromoteMember(t.Context(), "n2", nil)
		require.ErrorIs(t, got, sdk.ErrOutcomeUnknown)
		require.ErrorIs(t, got, reason)
		require.ErrorIs(t, got, err)
	}
}
