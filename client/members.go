package client

import (
	"context"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

// The methods that change the cluster are sent once. Their errors are those of
// host.Store's: a change that matches sdk.ErrNotAppended wasn't made, one that
// matches sdk.ErrOutcomeUnknown may have been or may be yet, and then the members
// say. A node that doesn't answer is ErrUnreachable beside one of the two.

// AddLearner adds a member without a vote. Only then may its node be started.
// Expected are the members that this was decided on, in any order; nil expects
// nothing, and so it is below.
func (c *Client) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return c.addMember(ctx, m, true, expected)
}

// AddVoter adds a member with a vote.
func (c *Client) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return c.addMember(ctx, m, false, expected)
}

func (c *Client) addMember(ctx context.Context, m sdk.Peer, learner bool, expected []string) error {
	_, err := changeOnce(ctx, c, c.admin.AddMember, &metalogv1.AddMemberRequest{
		Node: m.NodeID, Address: m.Address, Learner: learner, Expected: expected, Expects: expected != nil,
	})
	return err
}

// Promote gives a learner a vote.
func (c *Client) Promote(ctx context.Context, node string, expected []string) error {
	_, err := changeOnce(ctx, c, c.admin.PromoteMember, &metalogv1.PromoteMemberRequest{
		Node: node, Expected: expected, Expects: expected != nil,
	})
	return err
}

// RemoveMember takes a member out, the leader too.
func (c *Client) RemoveMember(ctx context.Context, node string, expected []string) error {
	_, err := changeOnce(ctx, c, c.admin.RemoveMember, &metalogv1.RemoveMemberRequest{
		Node: node, Expected: expected, Expects: expected != nil,
	})
	return err
}

// TransferLeadership has node lead, or another voter than now if it is empty, and
// returns who leads then; empty if the node that was asked hasn't heard yet.
func (c *Client) TransferLeadership(ctx context.Context, node string) (leader string, err error) {
	p, err := changeOnce(ctx, c, c.admin.TransferLeadership, &metalogv1.TransferLeadershipRequest{Node: node})
	return p.GetLeader(), err
}

// changeOnce makes a call that changes the cluster and no metadata.
func changeOnce[Q, P any](ctx context.Context, c *Client, method rpc[Q, P], request Q) (P, error) {
	answer, left, err := call(ctx, method, request)
	if err != nil {
		err = c.writeError(ctx, left, err)
	}
	return answer, err
}
