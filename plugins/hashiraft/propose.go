package hashiraft

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// Propose returns nil when data is committed: as soon as its entry has come
// back to this node, or the leader says so. A leader that is about to change is
// waited for, as long as an election takes.
func (b *Backend) Propose(ctx context.Context, data []byte) error {
	if len(data) > sdk.MaxEntrySize {
		return &sdk.Error{
			Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("an entry of %d bytes: at most %d are allowed", len(data), sdk.MaxEntrySize),
		}
	}
	s := b.current()
	if s == nil || s.ctx.Err() != nil {
		return errClosed(sdk.NotAppended)
	}
	if ctx.Err() != nil {
		return gaveUp(ctx, "given up before it was proposed", sdk.NotAppended)
	}
	id, here := s.fsm.proposals.begin()
	defer s.fsm.proposals.end(id)
	return s.withLeader(ctx, func(ctx context.Context, address string) error {
		if address == "" {
			return s.proposeHere(ctx, id, here, data)
		}
		return s.forward(ctx, address, id, here, data)
	})
}

// withLeader calls do with the leader's address, empty if that is this node. It
// tries again for as long as an election may take while do says that nothing
// was done for want of a leader.
func (s *session) withLeader(ctx context.Context, do func(ctx context.Context, address string) error) error {
	patience := time.NewTimer(2 * time.Duration(s.opts.ElectionTimeout))
	defer patience.Stop()
	for {
		elected := s.board.Elections()
		node, address := s.leader()
		err := s.whyLeaderless(node)
		if err == nil {
			if node == s.cfg.NodeID {
				address = ""
			}
			if err = do(ctx, address); !leaderless(err) {
				return err
			}
		}
		retry := time.NewTimer(retryLeader)
		select {
		case <-elected:
		case <-retry.C: // it was said to lead, and didn't
		case <-patience.C:
			retry.Stop()
			return err
		case <-ctx.Done():
			retry.Stop()
			return gaveUp(ctx, "no leader until the deadline", sdk.NotAppended)
		case <-s.ctx.Done():
			retry.Stop()
			return errClosed(sdk.NotAppended)
		}
		retry.Stop()
	}
}

// retryLeader is how soon a leader that wouldn't lead is asked again.
const retryLeader = 20 * time.Millisecond

// whyLeaderless says why nothing can be committed here now; nil: it may be.
func (s *session) whyLeaderless(leader string) error {
	if why := s.board.Apart(); why != "" {
		return noQuorum("%s", why)
	}
	if leader != "" {
		return nil
	}
	members := s.configuration()
	if len(members) == 0 {
		return noQuorum("node %q waits to be contacted by the cluster: add it on a member with metalog member add %s %s",
			s.cfg.NodeID, s.cfg.NodeID, s.cfg.Address)
	}
	return noQuorum("no quorum: node %q knows no leader among the members %s: start more of them, or mend the network",
		s.cfg.NodeID, membership.List(members))
}

// proposeHere appends on this node, the leader.
func (s *session) proposeHere(ctx context.Context, id proposalID, here <-chan struct{}, data []byte) error {
	answer := s.async(func() error {
		l := raft.Log{Data: bytes.Clone(data), Extensions: id[:]}
		f := s.raft.ApplyLog(l, untilDeadline(ctx))
		if err := f.Error(); err != nil {
			return ofLibrary("propose", err)
		}
		if err, ok := f.Response().(error); ok {
			return internal("the host refused the entry", err)
		}
		return nil
	})
	select {
	case <-here:
		return nil
	case err := <-answer:
		return err
	case <-ctx.Done():
		return gaveUp(ctx, "given up while it was replicated", sdk.Unknown)
	case <-s.ctx.Done():
		return errClosed(sdk.Unknown)
	}
}

// async runs a call into the library, which has no contexts. It ends with the
// library at the latest.
func (s *session) async(call func() error) <-chan error {
	answer := make(chan error, 1)
	go func() { answer <- call() }()
	return answer
}

// untilDeadline is a time-out for being taken up; 0: none.
func untilDeadline(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return max(time.Until(deadline), time.Millisecond)
}
