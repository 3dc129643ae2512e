package hashiraft

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/plugins/hashiraft/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// change is one change of the members.
type change struct {
	kind     peerpb.ChangeRequest_Kind
	peer     sdk.Peer
	expected []string // nil: none
}

// AddLearner adds a member without a vote. Only then may it be opened.
func (b *Backend) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return b.changeMembers(ctx, change{peerpb.ChangeRequest_KIND_ADD_LEARNER, m, expected})
}

// AddVoter adds a member with a vote. It is refused where fewer than a majority
// of the voters would be within reach: then the new one is to be started first,
// as a learner.
func (b *Backend) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return b.changeMembers(ctx, change{peerpb.ChangeRequest_KIND_ADD_VOTER, m, expected})
}

// Promote gives a learner a vote.
func (b *Backend) Promote(ctx context.Context, node string, expected []string) error {
	return b.changeMembers(ctx, change{peerpb.ChangeRequest_KIND_PROMOTE, sdk.Peer{NodeID: node}, expected})
}

// Remove takes a member out, the leader too.
func (b *Backend) Remove(ctx context.Context, node string, expected []string) error {
	return b.changeMembers(ctx, change{peerpb.ChangeRequest_KIND_REMOVE, sdk.Peer{NodeID: node}, expected})
}

func (b *Backend) changeMembers(ctx context.Context, c change) error {
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
		r, err := leader.Change(ctx, c.toPB())
		return answered(err, r.GetFailure())
	})
}

func (c change) toPB() *peerpb.ChangeRequest {
	return &peerpb.ChangeRequest{
		Kind: c.kind, Node: c.peer.NodeID, Address: c.peer.Address, Expected: c.expected, Expects: c.expected != nil,
	}
}

func changeFromPB(r *peerpb.ChangeRequest) change {
	c := change{kind: r.GetKind(), peer: sdk.Peer{NodeID: r.GetNode(), Address: r.GetAddress()}}
	if r.GetExpects() {
		c.expected = append([]string{}, r.GetExpected()...)
	}
	return c
}

// change makes a change on the leader, and returns when it is committed.
func (s *session) change(ctx context.Context, c change) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	if !s.leads() {
		return noQuorum("node %q doesn't lead any more: try again", s.cfg.NodeID)
	}
	members := s.configuration()
	if c.expected != nil && !sameNames(members, c.expected) {
		return conflict("the members are %s, not the expected %s: look again, then decide anew", listOf(members), strings.Join(c.expected, ", "))
	}
	after, err := c.on(members)
	if err != nil {
		return err
	}
	if err := s.withinReach(ctx, after); err != nil {
		return err
	}
	select {
	case err := <-s.async(func() error { return ofLibrary("change the members", s.apply(ctx, c, after)) }):
		return err
	case <-ctx.Done():
		return gaveUp(ctx, "the change of members was given up while it was replicated", sdk.Unknown)
	}
}

func (s *session) apply(ctx context.Context, c change, after []raft.Server) error {
	id, timeout := raft.ServerID(c.peer.NodeID), untilDeadline(ctx)
	switch c.kind {
	case peerpb.ChangeRequest_KIND_REMOVE:
		return s.raft.RemoveServer(id, 0, timeout).Error()
	case peerpb.ChangeRequest_KIND_ADD_LEARNER:
		return s.raft.AddNonvoter(id, raft.ServerAddress(c.peer.Address), 0, timeout).Error()
	default: // a vote, for a new member or a learner
		m := after[slices.IndexFunc(after, func(m raft.Server) bool { return m.ID == id })]
		return s.raft.AddVoter(id, m.Address, 0, timeout).Error()
	}
}

// withinReach refuses members of whose voters no majority answers: the library
// would take them at once, and commit nothing ever again.
func (s *session) withinReach(ctx context.Context, after []raft.Server) error {
	voters, answers := 0, make(chan bool, len(after))
	var asking sync.WaitGroup
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, m := range after {
		if m.Suffrage != raft.Voter {
			continue
		}
		voters++
		asking.Go(func() { answers <- s.answers(ctx, m) })
	}
	asking.Wait()
	close(answers)
	reached := 0
	for yes := range answers {
		if yes {
			reached++
		}
	}
	if 2*reached > voters {
		return nil
	}
	return noQuorum("afterwards only %d of %d voters would be open and within reach: open them first, a new one as a learner", reached, voters)
}

// answers asks a node for a sign of life.
func (s *session) answers(ctx context.Context, m raft.Server) bool {
	if string(m.ID) == s.cfg.NodeID {
		return true
	}
	_, err := s.storedBy(ctx, m)
	return err == nil
}

// storedBy asks a node for the last index that it has.
func (s *session) storedBy(ctx context.Context, m raft.Server) (uint64, error) {
	node, err := s.reach(ctx, string(m.Address))
	if err != nil {
		return 0, err
	}
	r, err := node.Report(ctx, &peerpb.ReportRequest{Node: s.cfg.NodeID})
	return r.GetStoredIndex(), err
}

func sameNames(members []raft.Server, expected []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(namesOf(members))), slices.Sorted(slices.Values(expected)))
}
