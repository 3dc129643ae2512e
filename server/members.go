package server

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func (a *admin) AddMember(ctx context.Context, r *metalogv1.AddMemberRequest) (*metalogv1.AddMemberResponse, error) {
	add := a.server.node.AddVoter
	if r.GetLearner() {
		add = a.server.node.AddLearner
	}
	m := sdk.Peer{NodeID: r.GetNode(), Address: r.GetAddress()}
	return changed(&metalogv1.AddMemberResponse{}, whose(r), func() error { return add(ctx, m, expectedOf(r.GetExpected())) })
}

func (a *admin) PromoteMember(ctx context.Context, r *metalogv1.PromoteMemberRequest) (*metalogv1.PromoteMemberResponse, error) {
	return changed(&metalogv1.PromoteMemberResponse{}, whose(r), func() error {
		return a.server.node.PromoteMember(ctx, r.GetNode(), expectedOf(r.GetExpected()))
	})
}

func (a *admin) RemoveMember(ctx context.Context, r *metalogv1.RemoveMemberRequest) (*metalogv1.RemoveMemberResponse, error) {
	return changed(&metalogv1.RemoveMemberResponse{}, whose(r), func() error {
		return a.server.node.RemoveMember(ctx, r.GetNode(), expectedOf(r.GetExpected()))
	})
}

func (a *admin) TransferLeadership(ctx context.Context, r *metalogv1.TransferLeadershipRequest) (*metalogv1.TransferLeadershipResponse, error) {
	answer, before := &metalogv1.TransferLeadershipResponse{Leader: r.GetNode()}, a.server.node.Status().Backend.Leader
	return changed(answer, nil, func() error {
		err := a.server.node.TransferLeadership(ctx, r.GetNode())
		if err == nil && answer.GetLeader() == "" {
			answer.Leader = a.otherLeader(ctx, before)
		}
		return err
	})
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

// changed makes a change of the cluster, unless bad says that the request makes no
// sense, and answers with what came of it. Like a write it may end with an unknown
// outcome; unlike one it has no request id to repeat it under.
func changed[P any](answer P, bad error, do func() error) (P, error) {
	var none P
	if bad != nil {
		return none, convert.ReadStatus(bad).Err()
	}
	if err := do(); err != nil {
		return none, convert.WriteStatus(err, metadata.Written{}).Err()
	}
	return answer, nil
}

// whose refuses a change that doesn't say whose.
func whose(r interface{ GetNode() string }) error {
	if r.GetNode() == "" {
		return convert.Invalid("node is empty: name the member")
	}
	return nil
}
