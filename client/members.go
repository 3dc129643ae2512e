package client

import (
	"context"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

// ClusterStatus is every member's status, as the node could get it.
func (c *Client) ClusterStatus(ctx context.Context) (*metalogv1.GetClusterStatusResponse, error) {
	return readOnce(ctx, c, c.admin.GetClusterStatus, &metalogv1.GetClusterStatusRequest{})
}

// AddLearner adds a member without a vote. The error says what is known: it
// matches sdk.ErrNotAppended where nothing was changed, sdk.ErrOutcomeUnknown
// where the members have to be looked at again, and sdk.ErrConflict where they
// aren't the expected ones (nil: whatever they are) or the change doesn't fit
// them. So it is with every change of members.
func (c *Client) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return c.addMember(ctx, m, true, expected)
}

// AddVoter adds a member with a vote.
func (c *Client) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return c.addMember(ctx, m, false, expected)
}

func (c *Client) addMember(ctx context.Context, m sdk.Peer, learner bool, expected []string) error {
	_, err := changeOnce(ctx, c, c.admin.AddMember, &metalogv1.AddMemberRequest{
		Node: m.NodeID, Address: m.Address, Learner: learner, Expected: expectedProto(expected),
	})
	return err
}

// PromoteMember gives a learner a vote.
func (c *Client) PromoteMember(ctx context.Context, node string, expected []string) error {
	_, err := changeOnce(ctx, c, c.admin.PromoteMember, &metalogv1.PromoteMemberRequest{Node: node, Expected: expectedProto(expected)})
	return err
}

// RemoveMember takes a member out.
func (c *Client) RemoveMember(ctx context.Context, node string, expected []string) error {
	_, err := changeOnce(ctx, c, c.admin.RemoveMember, &metalogv1.RemoveMemberRequest{Node: node, Expected: expectedProto(expected)})
	return err
}

// TransferLeadership makes node the leader, empty: any other than now, and returns
// who leads then.
func (c *Client) TransferLeadership(ctx context.Context, node string) (leader string, err error) {
	resp, err := changeOnce(ctx, c, c.admin.TransferLeadership, &metalogv1.TransferLeadershipRequest{Node: node})
	return resp.GetLeader(), err
}

// changeOnce makes a call that changes the cluster, once: whether to repeat one
// whose outcome is unknown, a look at the members decides.
func changeOnce[Q, P any](ctx context.Context, c *Client, method rpc[Q, P], request Q) (P, error) {
	answer, left, err := call(ctx, method, request)
	if err != nil {
		err = c.writeError(ctx, left, err)
	}
	return answer, err
}

func expectedProto(nodes []string) *metalogv1.Expected {
	if nodes == nil {
		return nil
	}
	return &metalogv1.Expected{Nodes: nodes}
}
