package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

func adminOf(t *testing.T, node server.Node) metalogv1.AdminClient {
	t.Helper()
	return metalogv1.NewAdminClient(serve(t, node, server.Config{}).dial(t))
}

func TestMembersOverTheWire(t *testing.T) {
	c := hosttest.Voters(t, 3)
	api, ctx := adminOf(t, c.Store(1)), t.Context()
	_, err := api.AddMember(ctx, &metalogv1.AddMemberRequest{
		Node: "n4", Address: "four:1", Learner: true, Expected: &metalogv1.Expected{Nodes: []string{"n3", "n1", "n2"}},
	})
	require.NoError(t, err)
	c.Open(3)
	require.Eventually(t, func() bool {
		resp, err := api.GetStatus(ctx, &metalogv1.GetStatusRequest{})
		members := resp.GetStatus().GetMembers()
		return err == nil && len(members) == 4 && members[3].GetRole() == "learner" && members[3].GetAddress() == "four:1"
	}, patience, time.Millisecond)
	_, err = api.PromoteMember(ctx, &metalogv1.PromoteMemberRequest{Node: "n4"})
	require.NoError(t, err)
	_, err = api.RemoveMember(ctx, &metalogv1.RemoveMemberRequest{Node: "n3"})
	require.NoError(t, err)
	moved, err := api.TransferLeadership(ctx, &metalogv1.TransferLeadershipRequest{Node: "n4"})
	require.NoError(t, err)
	require.Equal(t, "n4", moved.GetLeader())
	require.Eventually(t, func() bool { return c.Store(1).Status().Backend.Leader == "n4" }, patience, time.Millisecond)
	moved, err = api.TransferLeadership(ctx, &metalogv1.TransferLeadershipRequest{})
	require.NoError(t, err)
	require.Equal(t, "n1", moved.GetLeader(), "whom the backend chose")
	_, err = api.AddMember(ctx, &metalogv1.AddMemberRequest{Node: "n5", Address: "five:1"})
	require.NoError(t, err)
}

func TestChangesThatAreRefused(t *testing.T) {
	api, ctx := adminOf(t, hosttest.Voters(t, 3).Store(0)), t.Context()
	remove := func(r *metalogv1.RemoveMemberRequest) error { _, err := api.RemoveMember(ctx, r); return err }
	_, promoted := api.PromoteMember(ctx, &metalogv1.PromoteMemberRequest{Node: "n9"})
	_, added := api.AddMember(ctx, &metalogv1.AddMemberRequest{Node: "n1", Address: "one:1"})
	_, moved := api.TransferLeadership(ctx, &metalogv1.TransferLeadershipRequest{Node: "n9"})
	for name, err := range map[string]error{
		"other members": remove(&metalogv1.RemoveMemberRequest{Node: "n3", Expected: &metalogv1.Expected{Nodes: []string{"n3"}}}),
		"no members":    remove(&metalogv1.RemoveMemberRequest{Node: "n3", Expected: &metalogv1.Expected{}}),
		"a stranger":    promoted, "there already": added, "a stranger leads": moved,
	} {
		st := status.Convert(err)
		require.Equal(t, codes.Aborted, st.Code(), "%s: %v", name, err)
		require.Equal(t, "BACKEND_CONFLICT", infoOf(t, st).GetReason(), name)
		require.ErrorIs(t, convert.Error(st), sdk.ErrNotAppended, name)
	}
	require.Equal(t, codes.InvalidArgument, status.Code(remove(&metalogv1.RemoveMemberRequest{})))
	require.NoError(t, remove(&metalogv1.RemoveMemberRequest{Node: "n3"}), "who expects nobody")
}

func TestNoMembershipOverTheWire(t *testing.T) {
	api := adminOf(t, node(t))
	_, err := api.RemoveMember(t.Context(), &metalogv1.RemoveMemberRequest{Node: "n1"})
	require.Equal(t, codes.Unimplemented, status.Code(err))
	require.ErrorContains(t, err, "membership")
}

// halfway is a node that changes its cluster and never hears how it went.
type halfway struct {
	membership
	err error
}

func (h halfway) PromoteMember(context.Context, string, []string) error { return h.err }

func TestChangeWhoseOutcomeIsUnknown(t *testing.T) {
	for name, err := range map[string]error{
		"says so": &sdk.Error{Reason: sdk.ReasonTimeout, Message: "given up"}, "says nothing": errors.New("boom"),
	} {
		api := adminOf(t, &fake{membership: halfway{err: err}, status: host.Status{NodeID: "n1"}})
		_, got := api.PromoteMember(t.Context(), &metalogv1.PromoteMemberRequest{Node: "n2"})
		st := status.Convert(got)
		require.Equal(t, convert.ReasonOutcomeUnknown, infoOf(t, st).GetReason(), name)
		require.ErrorIs(t, convert.Error(st), sdk.ErrOutcomeUnknown, name)
	}
}
