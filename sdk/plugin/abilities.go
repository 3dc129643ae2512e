package plugin

import (
	"context"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// failing is any reply that may carry a failure.
type failing interface{ GetFailure() *backendpb.Failure }

// result is the error of a unary call.
func result[R failing](p *Proxy, r R, err error) error {
	if err != nil {
		return p.because(transportError(err))
	}
	return errorFromPB(r.GetFailure())
}

// ReadBarrier returns when sm has got as far as the plugin's stream had come: a
// reply may overtake the stream (R15).
func (p *Proxy) ReadBarrier(ctx context.Context) error {
	r, err := p.client.ReadBarrier(ctx, &backendpb.ReadBarrierRequest{})
	if err := result(p, r, err); err != nil {
		return err
	}
	return p.reach(ctx, p.applied, r.GetPosition())
}

// TransferLeadership implements sdk.Transferer.
func (p *Proxy) TransferLeadership(ctx context.Context, node string) error {
	r, err := p.client.TransferLeadership(ctx, &backendpb.TransferLeadershipRequest{To: node})
	return result(p, r, err)
}

// AddLearner implements sdk.Membership.
func (p *Proxy) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return p.change(ctx, backendpb.ChangeMembershipRequest_CHANGE_ADD_LEARNER, m, expected)
}

// AddVoter implements sdk.Membership.
func (p *Proxy) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return p.change(ctx, backendpb.ChangeMembershipRequest_CHANGE_ADD_VOTER, m, expected)
}

// Promote implements sdk.Membership.
func (p *Proxy) Promote(ctx context.Context, node string, expected []string) error {
	return p.change(ctx, backendpb.ChangeMembershipRequest_CHANGE_PROMOTE, sdk.Peer{NodeID: node}, expected)
}

// Remove implements sdk.Membership.
func (p *Proxy) Remove(ctx context.Context, node string, expected []string) error {
	return p.change(ctx, backendpb.ChangeMembershipRequest_CHANGE_REMOVE, sdk.Peer{NodeID: node}, expected)
}

func (p *Proxy) change(ctx context.Context, c backendpb.ChangeMembershipRequest_Change, m sdk.Peer, expected []string) error {
	r, err := p.client.ChangeMembership(ctx, &backendpb.ChangeMembershipRequest{
		Change: c, Node: m.NodeID, Address: m.Address, Expected: expected,
	})
	return result(p, r, err)
}

// Compact implements sdk.Compacter.
func (p *Proxy) Compact(ctx context.Context) error {
	r, err := p.client.Compact(ctx, &backendpb.CompactRequest{})
	return result(p, r, err)
}
