package host

import (
	"context"
	"errors"

	"github.com/chronik-stream/metalog/sdk"
)

// The methods that change the cluster have this in common. Each makes one change,
// on whichever node it is called, and returns when that is committed or ctx ends;
// any number may be called at once. A change is refused with sdk.ErrConflict where
// it doesn't fit the members, or where these aren't the expected ones, in any order;
// nil expects nothing. Every error is an *sdk.Error that says whether anything may
// have changed: an unknown outcome is settled by looking at the members, never by
// repeating the change blindly. It is sdk.ErrUnsupported if the backend doesn't claim
// to do such a thing.

// AddLearner adds a member that gets every entry and has no vote. Only then may
// its node be started.
func (s *Store) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.AddLearner(ctx, m, expected) })
}

// AddVoter adds a member with a vote.
func (s *Store) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.AddVoter(ctx, m, expected) })
}

// PromoteMember gives a learner a vote.
func (s *Store) PromoteMember(ctx context.Context, node string, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.Promote(ctx, node, expected) })
}

// RemoveMember takes a member out, this node and the leader too. Its node is to be
// stopped afterwards, and its directory is of no more use.
func (s *Store) RemoveMember(ctx context.Context, node string, expected []string) error {
	return s.changeMembers(func(b sdk.Membership) error { return b.Remove(ctx, node, expected) })
}

// TransferLeadership has node lead, and returns when it does; empty: whichever
// other voter the backend chooses.
func (s *Store) TransferLeadership(ctx context.Context, node string) error {
	sess := s.current()
	if sess == nil {
		return s.notOpen()
	}
	t, ok := sdk.As[sdk.Transferer](sess.backend)
	if !ok {
		return unclaimed(sess, sdk.CanTransfer, "hand leadership on")
	}
	return outspoken(t.TransferLeadership(ctx, node))
}

func (s *Store) changeMembers(change func(sdk.Membership) error) error {
	sess := s.current()
	if sess == nil {
		return s.notOpen()
	}
	b, ok := sdk.As[sdk.Membership](sess.backend)
	if !ok {
		return unclaimed(sess, sdk.CanMembership, "change its members")
	}
	return outspoken(change(b))
}

func (s *Store) notOpen() error { return notAppended(sdk.ReasonClosed, whyNotOpen, s.bench.err()) }

// outspoken makes an error say what may be believed after it: nothing, if it
// doesn't say so itself.
func outspoken(err error) error {
	if _, says := errors.AsType[*sdk.Error](err); err == nil || says {
		return err
	}
	reason := sdk.ReasonInternal
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		reason = sdk.ReasonTimeout
	}
	return &sdk.Error{Reason: reason, Outcome: sdk.Unknown, Message: "it may have been done: look at the members", Err: err}
}
