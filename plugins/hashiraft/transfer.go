package hashiraft

import (
	"context"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// TransferLeadership returns when node leads as far as this node knows; empty:
// another than now.
func (b *Backend) TransferLeadership(ctx context.Context, node string) error {
	s, err := b.Running()
	if err != nil {
		return err
	}
	return s.seat.Transfer(ctx, node)
}

// TransferHere hands leadership on from this node; empty: to whoever has come
// furthest. The library isn't given anybody who is away: it would refuse every
// write for as long as it tries to reach that one.
func (s *session) TransferHere(ctx context.Context, node string) error {
	if err := s.seat.MustLead(); err != nil {
		return err
	}
	if node == s.cfg.NodeID {
		return nil
	}
	heir, err := s.seat.Heir(ctx, node)
	if err != nil {
		return err
	}
	select {
	case err := <-s.async(func() error {
		return s.raft.LeadershipTransferToServer(raft.ServerID(heir.NodeID), raft.ServerAddress(heir.Address)).Error()
	}):
		return ofTransfer(err)
	case <-ctx.Done():
		return membership.GaveUp(ctx, "given up while leadership was handed on", sdk.Unknown)
	case <-s.ctx.Done():
		return membership.Closed(sdk.Unknown)
	}
}

// ofTransfer is an error of the library's: leadership stays where it is, or is
// lost to an election; nothing was written.
func ofTransfer(err error) error {
	if err == nil {
		return nil
	}
	return &sdk.Error{Reason: sdk.ReasonInternal, Outcome: sdk.NotAppended, Message: "leadership couldn't be handed on: try again", Err: err}
}

func (s *session) electionTime() time.Duration { return time.Duration(s.opts.ElectionTimeout) }
