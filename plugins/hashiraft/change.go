package hashiraft

import (
	"context"

	"github.com/hashicorp/raft"

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

// ChangeHere makes a change on the leader, and returns when it is committed.
func (s *session) ChangeHere(ctx context.Context, c membership.Change) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.seat.MustLead(); err != nil {
		return err
	}
	after, err := c.On(s.Members())
	if err != nil {
		return err
	}
	if err := membership.WithinReach(ctx, after, s.seat.Answers); err != nil {
		return err
	}
	select {
	case err := <-s.async(func() error { return ofLibrary("change the members", s.apply(ctx, c, after)) }):
		return err
	case <-ctx.Done():
		return membership.GaveUp(ctx, "the change of members was given up while it was replicated", sdk.Unknown)
	}
}

func (s *session) apply(ctx context.Context, c membership.Change, after []sdk.Member) error {
	id, timeout := raft.ServerID(c.Peer.NodeID), untilDeadline(ctx)
	switch c.Kind {
	case membership.Remove:
		return s.raft.RemoveServer(id, 0, timeout).Error()
	case membership.AddLearner:
		return s.raft.AddNonvoter(id, raft.ServerAddress(c.Peer.Address), 0, timeout).Error()
	default: // a vote, for a new member or a learner
		m, _ := membership.Find(after, c.Peer.NodeID)
		return s.raft.AddVoter(id, raft.ServerAddress(m.Address), 0, timeout).Error()
	}
}
