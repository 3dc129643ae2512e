package hashiraft

import (
	"bytes"
	"context"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// Propose returns nil when data is committed: as soon as its entry has come
// back to this node, or the leader says so. A leader that is about to change is
// waited for, as long as an election takes.
func (b *Backend) Propose(ctx context.Context, data []byte) error {
	s, err := b.Running()
	if err == nil {
		err = membership.CheckProposal(ctx, data)
	}
	if err != nil {
		return err
	}
	id, here := s.fsm.proposals.begin()
	defer s.fsm.proposals.end(id)
	return s.seat.WithLeader(ctx, func(ctx context.Context, address string) error {
		if address == "" {
			return s.proposeHere(ctx, id, here, data)
		}
		return s.seat.Forward(ctx, address, id[:], data, here)
	})
}

// ProposeHere appends for another node.
func (s *session) ProposeHere(ctx context.Context, id, data []byte) error {
	if len(id) != len(proposalID{}) {
		return &sdk.Error{Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended, Message: "not a proposal as this version makes them"}
	}
	return s.proposeHere(ctx, proposalID(id), nil, data)
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
			return membership.Internal("the host refused the entry", err)
		}
		return nil
	})
	select {
	case <-here:
		return nil
	case err := <-answer:
		return err
	case <-ctx.Done():
		return membership.GaveUp(ctx, "given up while it was replicated", sdk.Unknown)
	case <-s.ctx.Done():
		return membership.Closed(sdk.Unknown)
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
