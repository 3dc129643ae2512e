package hashiraft

import (
	"context"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
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
	s := b.current()
	if s == nil || s.ctx.Err() != nil {
		return errClosed(sdk.NotAppended)
	}
	return s.withLeader(ctx, func(ctx context.Context, address string) error {
		if address == "" {
			return s.change(ctx, c)
		}
		leader, err := s.reach(ctx, address)
		if err != nil {
			return noQuorum("the leader at %s can't be reached: %v", address, err)
		}
		r, err := leader.Change(ctx, c.ToPB())
		return membership.Answered(err, r.GetFailure())
	})
}

// change makes a change on the leader, and returns when it is committed.
func (s *session) change(ctx context.Context, c membership.Change) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	if !s.leads() {
		return noQuorum("node %q doesn't lead any more: try again", s.cfg.NodeID)
	}
	after, err := c.On(s.configuration())
	if err != nil {
		return err
	}
	if err := membership.WithinReach(ctx, after, s.answers); err != nil {
		return err
	}
	select {
	case err := <-s.async(func() error { return ofLibrary("change the members", s.apply(ctx, c, after)) }):
		return err
	case <-ctx.Done():
		return gaveUp(ctx, "the change of members was given up while it was replicated", sdk.Unknown)
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

// answers asks a node for a sign of life.
func (s *session) answers(ctx context.Context, m sdk.Member) bool {
	if m.NodeID == s.cfg.NodeID {
		return true
	}
	_, err := s.storedBy(ctx, m)
	return err == nil
}

// storedBy asks a node for the last index that it has.
func (s *session) storedBy(ctx context.Context, m sdk.Member) (uint64, error) {
	node, err := s.reach(ctx, m.Address)
	if err != nil {
		return 0, err
	}
	r, err := node.Report(ctx, &peerpb.ReportRequest{Node: s.cfg.NodeID})
	return r.GetStoredIndex(), err
}
