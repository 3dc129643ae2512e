package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/sdk"
)

// AddLearner has the backend add a member without a vote, which may be started
// only then. With expected, the change is refused as a conflict unless these are
// the members, in any order. It returns when the change is committed, and any
// goroutine may call it; so it is with the other changes of members.
func (s *Store) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.AddLearner(ctx, m, expected) })
}

// AddVoter has the backend add a member with a vote.
func (s *Store) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.AddVoter(ctx, m, expected) })
}

// PromoteMember has the backend give a learner a vote.
func (s *Store) PromoteMember(ctx context.Context, node string, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.Promote(ctx, node, expected) })
}

// RemoveMember has the backend take a member out, which may be this node.
func (s *Store) RemoveMember(ctx context.Context, node string, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.Remove(ctx, node, expected) })
}

func (s *Store) changeMembers(change func(sdk.Membership) error) error {
	b, err := ability[sdk.Membership](s, "change its members")
	if err != nil {
		return err
	}
	return change(b)
}

// TransferLeadership has the backend make node the leader; empty: any other than
// now. It returns when that one leads.
func (s *Store) TransferLeadership(ctx context.Context, node string) error {
	b, err := ability[sdk.Transferer](s, "hand leadership on")
	if err != nil {
		return err
	}
	return b.TransferLeadership(ctx, node)
}

// Compact has the backend drop the entries that a snapshot of this node covers.
// It returns when the space is free for reuse; any goroutine may call it.
func (s *Store) Compact(ctx context.Context) error {
	b, err := ability[sdk.Compacter](s, "compact on demand")
	if err != nil {
		return err
	}
	return b.Compact(ctx)
}

// ability is the open backend, if it can do what it is asked to.
func ability[T any](s *Store, what string) (T, error) {
	var none T
	_, sess := s.life.phases.report()
	if sess == nil || !sess.opened.Load() || sess.ctx.Err() != nil {
		return none, &unavailable{"the backend isn't open; try again in a moment", s.bench.err()}
	}
	b, ok := sdk.As[T](sess.backend)
	if !ok {
		claims := make([]string, len(sess.info.Claims))
		for i, c := range sess.info.Claims {
			claims[i] = string(c)
		}
		return none, &sdk.Error{
			Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("backend %s can't %s: it claims %s", sess.info.Name, what, strings.Join(claims, ", ")),
		}
	}
	return b, nil
}
