package dragonboat

import (
	"context"

	library "github.com/lni/dragonboat/v4"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// AddLearner adds a member without a vote. Only then may it be opened.
func (b *Backend) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return b.changeMembers(ctx, membership.Change{Kind: membership.AddLearner, Peer: m, Expected: expected})
}

// AddVoter adds a member with a vote. It is refused where fewer than a majority
// of the voters would be within reach: then the new one is to be started first,
// as a learner.
func (b *Backend) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return b.changeMembers(ctx, membership.Change{Kind: membership.AddVoter, Peer: m, Expected: expected})
}

// Promote gives a learner a vote.
func (b *Backend) Promote(ctx context.Context, node string, expected []string) error {
	return b.changeMembers(ctx, membership.Change{Kind: membership.Promote, Peer: sdk.Peer{NodeID: node}, Expected: expected})
}

// Remove takes a member out, the leader too.
func (b *Backend) Remove(ctx context.Context, node string, expected []string) error {
	return b.changeMembers(ctx, membership.Change{Kind: membership.Remove, Peer: sdk.Peer{NodeID: node}, Expected: expected})
}

func (b *Backend) changeMembers(ctx context.Context, c membership.Change) error {
	s, err := b.Running()
	if err != nil {
		return err
	}
	return s.seat.Change(ctx, c)
}

// ChangeHere makes a change on the leader, and returns when it is committed. The library
// refuses it if the members aren't those any more that it was decided on.
func (s *session) ChangeHere(ctx context.Context, c membership.Change) error {
	if err := s.changes.Acquire(ctx, 1); err != nil {
		return membership.GaveUp(ctx, "other changes of members are under way", sdk.NotAppended)
	}
	defer s.changes.Release(1)
	elected := s.board.Elections()
	if err := s.mustLead(); err != nil {
		return err
	}
	before, err := s.members(ctx)
	if err != nil {
		return err
	}
	after, err := c.On(s.Members())
	if err != nil {
		return err
	}
	if err := membership.WithinReach(ctx, after, s.seat.Answers); err != nil {
		return err
	}
	if c.Kind == membership.Remove && c.Peer.NodeID == s.cfg.NodeID {
		return s.leaveTo(ctx)
	}
	request, err := s.request(c, before)
	if err != nil {
		return ofRequest("change the members", err)
	}
	if _, err = s.replicated(ctx, "change the members", request, elected); err == nil {
		_, _ = s.members(ctx) // else it is learned of a moment later
	}
	return err
}

// leaveTo hands leadership on to the member that is to remove this one. The library ends
// a leader that is removed before the others are sure to know: of two, the one that is
// left would wait for its vote for ever.
func (s *session) leaveTo(ctx context.Context) error {
	if err := s.TransferHere(ctx, ""); err != nil {
		return err
	}
	return membership.NoQuorum("node %q has handed leadership on, to be removed by another: try again", s.cfg.NodeID)
}

// members asks for the configuration as of now.
func (s *session) members(ctx context.Context) (*library.Membership, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*s.opts.electionTime())
	defer cancel()
	m, err := s.node.SyncGetShardMembership(ctx, shard)
	if err != nil {
		return nil, membership.NoQuorum("the members can't be read: %v", err)
	}
	s.roll.set(m.ConfigChangeID, m.Nodes, m.NonVotings)
	s.board.Changed()
	return m, nil
}

// request hands a change to the library, which has one under way at a time: one that
// another leader has overwritten, it would wait for until its time is up.
func (s *session) request(c membership.Change, before *library.Membership) (*library.RequestState, error) {
	id, number, within := before.ConfigChangeID, s.roll.numberOf(c.Peer.NodeID), s.opts.patience()
	switch c.Kind {
	case membership.Remove:
		return s.node.RequestDeleteReplica(shard, number, id, within)
	case membership.Promote:
		return s.node.RequestAddReplica(shard, number, before.NonVotings[number], id, within)
	case membership.AddLearner:
		return s.node.RequestAddNonVoting(shard, freshReplica(true), targetOf(c.Peer), id, within)
	default:
		return s.node.RequestAddReplica(shard, freshReplica(false), targetOf(c.Peer), id, within)
	}
}
