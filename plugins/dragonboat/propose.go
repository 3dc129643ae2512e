package dragonboat

import (
	"context"
	"time"

	library "github.com/lni/dragonboat/v4"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	// retryBusy is a hint to whoever was refused for too much work.
	retryBusy = 100 * time.Millisecond
	// noDeadline is what the library is given, which has no contexts: the caller
	// waits only as long as its own.
	noDeadline = time.Hour
)

// Propose returns nil when data is committed, by whatever node leads. A leader that
// is about to change is waited for, as long as an election takes.
func (b *Backend) Propose(ctx context.Context, data []byte) error {
	s, err := b.Running()
	if err == nil {
		err = membership.CheckProposal(ctx, data)
	}
	if err != nil {
		return err
	}
	return s.seat.WithLeader(ctx, func(ctx context.Context, address string) error {
		if address == "" {
			return s.ProposeHere(ctx, nil, data)
		}
		// The library would forward it by itself, and not say what the leader made of it.
		return s.seat.Forward(ctx, address, nil, data, nil)
	})
}

// ProposeHere appends on this node, the leader. When another leads before it is
// committed, that one may commit it or not.
func (s *session) ProposeHere(ctx context.Context, _, data []byte) error {
	elected := s.board.Elections()
	if err := s.mustLead(); err != nil { // the library would pass it on, and not say so
		return err
	}
	command := make([]byte, 1+len(data))
	command[0] = commandVersion
	copy(command[1:], data)
	request, err := s.node.Propose(s.node.GetNoOPSession(shard), command, noDeadline)
	if err != nil {
		return ofRequest("propose", err)
	}
	r, err := s.replicated(ctx, "propose", request, elected)
	if err == nil && r.GetResult().Value != delivered {
		return membership.Internal("the host refused the entry", s.machine.failure())
	}
	return err
}

// mustLead is nil if this node leads, and can.
func (s *session) mustLead() error {
	if full := s.board.Full(); full != nil { // the library's goroutine waits for room
		return membership.NoQuorum("node %q can't lead: %v", s.cfg.NodeID, full)
	}
	return s.seat.MustLead()
}

// replicated waits for what becomes of a request that this node made as the leader.
// elected is of before it was made.
func (s *session) replicated(ctx context.Context, what string, request *library.RequestState, elected <-chan struct{}) (library.RequestResult, error) {
	for {
		select {
		case r := <-request.AppliedC():
			request.Release()
			return r, ofResult(what, r)
		case <-elected:
			if s.seat.Leads() { // again, or still
				elected = s.board.Elections()
				continue
			}
			return library.RequestResult{}, &sdk.Error{Reason: sdk.ReasonInternal, Message: what + ": leadership was lost before it was committed, another leader may still commit it"}
		case <-ctx.Done():
			return library.RequestResult{}, membership.GaveUp(ctx, what+": given up while it was replicated", sdk.Unknown)
		case <-s.ctx.Done():
			return library.RequestResult{}, membership.Closed(sdk.Unknown)
		}
	}
}
