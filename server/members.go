package server

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

func (a *admin) AddMember(ctx context.Context, r *metalogv1.AddMemberRequest) (*metalogv1.AddMemberResponse, error) {
	add := a.server.node.AddVoter
	if r.GetLearner() {
		add = a.server.node.AddLearner
	}
	err := add(ctx, sdk.Peer{NodeID: r.GetNode(), Address: r.GetAddress()}, expectedOf(r.GetExpected()))
	return answer(&metalogv1.AddMemberResponse{}, err)
}

func (a *admin) PromoteMember(ctx context.Context, r *metalogv1.PromoteMemberRequest) (*metalogv1.PromoteMemberResponse, error) {
	err := a.server.node.PromoteMember(ctx, r.GetNode(), expectedOf(r.GetExpected()))
	return answer(&metalogv1.PromoteMemberResponse{}, err)
}

func (a *admin) RemoveMember(ctx context.Context, r *metalogv1.RemoveMemberRequest) (*metalogv1.RemoveMemberResponse, error) {
	err := a.server.node.RemoveMember(ctx, r.GetNode(), expectedOf(r.GetExpected()))
	return answer(&metalogv1.RemoveMemberResponse{}, err)
}

func (a *admin) TransferLeadership(ctx context.Context, r *metalogv1.TransferLeadershipRequest) (*metalogv1.TransferLeadershipResponse, error) {
	before := a.server.node.Status().Backend.Leader
	if err := a.server.node.TransferLeadership(ctx, r.GetNode()); err != nil {
		return nil, convert.ReadStatus(err).Err()
	}
	leader := r.GetNode()
	if leader == "" {
		leader = a.otherLeader(ctx, before)
	}
	return &metalogv1.TransferLeadershipResponse{Leader: leader}, nil
}

// otherLeader waits a moment for the status to show who leads after a transfer;
// empty: it doesn't.
func (a *admin) otherLeader(ctx context.Context, before string) string {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if leader := a.server.node.Status().Backend.Leader; leader != "" && leader != before {
			return leader
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ""
		}
	}
}

// expectedOf is nil if whoever asks expects nobody.
func expectedOf(e *metalogv1.Expected) []string {
	if e == nil {
		return nil
	}
	return append([]string{}, e.GetNodes()...)
}

func answer[P any](p *P, err error) (*P, error) {
	if err != nil {
		return nil, convert.ReadStatus(err).Err()
	}
	return p, nil
}
