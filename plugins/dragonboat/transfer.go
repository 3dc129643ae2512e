package dragonboat

import (
	"context"
	"time"

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
//
// It doesn't say what became of it: that another leads does. An heir that hasn't
// applied yet what it has won't stand, and the library gives up after an election
// timeout: it is asked again then.
func (s *session) TransferHere(ctx context.Context, node string) error {
	if err := s.mustLead(); err != nil {
		return err
	}
	if node == s.cfg.NodeID {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.patience())
	defer cancel()
	heir, err := s.seat.Heir(ctx, node)
	if err != nil {
		return err
	}
	again := time.NewTicker(s.opts.electionTime() + time.Duration(s.opts.HeartbeatInterval))
	defer again.Stop()
	elected := s.board.Elections()
	for ask := true; s.seat.Leads(); {
		if ask {
			if err := s.node.RequestLeaderTransfer(shard, s.roll.numberOf(heir.NodeID)); err != nil {
				return ofRequest("hand leadership on", err)
			}
		}
		ask = false
		select {
		case <-elected:
			elected = s.board.Elections()
		case <-again.C:
			ask = true
		case <-ctx.Done():
			return &sdk.Error{Reason: sdk.ReasonInternal, Outcome: sdk.NotAppended, Message: "leadership couldn't be handed on: try again"}
		case <-s.ctx.Done():
			return membership.Closed(sdk.Unknown)
		}
	}
	return nil
}
