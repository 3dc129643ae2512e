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
	return changed(&metalogv1.AddMemberResponse{}, whose(r), func() error { return add(ctx, m, expectedBy(r)) })
}

func (a *admin) PromoteMember(ctx context.Context, r *metalogv1.PromoteMemberRequest) (*metalogv1.PromoteMemberResponse, error) {
	return changed(&metalogv1.PromoteMemberResponse{}, whose(r), func() error {
		return a.server.node.Promote(ctx, r.GetNode(), expectedBy(r))
	})
}

func (a *admin) RemoveMember(ctx context.Context, r *metalogv1.RemoveMemberRequest) (*metalogv1.RemoveMemberResponse, error) {
	return changed(&metalogv1.RemoveMemberResponse{}, whose(r), func() error {
		return a.server.node.RemoveMember(ctx, r.GetNode(), expectedBy(r))
	})
}

func (a *admin) TransferLeadership(ctx context.Context, r *metalogv1.TransferLeadershipRequest) (*metalogv1.TransferLeadershipResponse, error) {
	answer, before := &metalogv1.TransferLeadershipResponse{Leader: r.GetNode()}, a.leader()
	return changed(answer, nil, func() error {
		err := a.server.node.TransferLeadership(ctx, r.GetNode())
		if err == nil && answer.GetLeader() == "" {
			answer.Leader = a.heir(ctx, before)
		}
		return err
	})
}

func (a *admin) leader() string { return a.server.node.Status().Backend.Leader }

// How long a node's status may take to tell of a leader that its backend knows
// already, and how often it is asked.
const (
	hearsay     = time.Second
	hearsayTick = 5 * time.Millisecond
)

// heir is whom the node names as the leader once that isn't who led before; empty
// if it names nobody else soon.
func (a *admin) heir(ctx context.Context, before string) string {
	ctx, cancel := context.WithTimeout(ctx, hearsay)
	defer cancel()
	ticker := time.NewTicker(hearsayTick)
	defer ticker.Stop()
	for {
		if leader := a.leader(); leader != "" && leader != before {
			return leader
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ""
		}
	}
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

// expectedBy are the members that a change was decided on; nil: it doesn't say.
func expectedBy(r interface {
	GetExpected() []string
	GetExpects() bool
},
) []string {
	if !r.GetExpects() {
		return nil
	}
	return append([]string{}, r.GetExpected()...)
}
