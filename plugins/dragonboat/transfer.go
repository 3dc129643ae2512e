package dragonboat

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// TransferLeadership returns when node leads as far as this node knows; empty:
// another than now.
func (b *Backend) TransferLeadership(ctx context.Context, node string) error {
	s, err := b.running()
	if err != nil {
		return err
	}
	before := ""
	err = s.withLeader(ctx, func(ctx context.Context, address string) error {
		before, _ = s.leader()
		if address == "" {
			return s.transfer(ctx, node)
		}
		leader, err := s.reach(ctx, address)
		if err != nil {
			return noQuorum("the leader at %s can't be reached: %v", address, err)
		}
		r, err := leader.Transfer(ctx, &peerpb.TransferRequest{Node: node})
		return membership.Answered(err, r.GetFailure())
	})
	if err != nil {
		return err
	}
	return s.waitForLeader(ctx, node, before)
}

func (s *session) waitForLeader(ctx context.Context, node, before string) error {
	for {
		changed := s.board.Elections()
		leader, _ := s.leader()
		if leader != "" && (leader == node || node == "" && leader != before) {
			return nil
		}
		tick := time.NewTimer(retryLeader)
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return gaveUp(ctx, "leadership was handed on, and nobody is known to lead yet", sdk.Unknown)
		case <-s.ctx.Done():
			tick.Stop()
			return errClosed(sdk.Unknown)
		}
		tick.Stop()
	}
}

// transfer hands leadership on from this node; empty: to whoever has come
// furthest. The library isn't given anybody who is away: it would refuse every
// write for as long as it tries to reach that one.
//
// It doesn't say what became of it: that another leads does. An heir that hasn't
// applied yet what it has won't stand, and the library gives up after an election
// timeout: it is asked again then.
func (s *session) transfer(ctx context.Context, node string) error {
	if !s.leads() {
		return noQuorum("node %q doesn't lead any more: try again", s.cfg.NodeID)
	}
	if node == s.cfg.NodeID {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.patience())
	defer cancel()
	heir, err := s.electorate().Heir(ctx, node)
	if err != nil {
		return err
	}
	again := time.NewTicker(s.opts.electionTime() + time.Duration(s.opts.HeartbeatInterval))
	defer again.Stop()
	elected := s.board.Elections()
	for ask := true; s.leads(); {
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
			return errClosed(sdk.Unknown)
		}
	}
	return nil
}

func (s *session) electorate() membership.Electorate {
	return membership.Electorate{Members: s.configuration(), Self: s.cfg.NodeID, Stored: s.storedBy}
}

// handOver gives leadership away before a close, so that nobody has to notice
// that this node is gone. It takes no longer than an election, and leaves time
// for the close itself.
func (s *session) handOver(ctx context.Context) {
	if s.ctx.Err() != nil || !s.leads() || !s.electorate().HasHeir() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, min(s.opts.patience(), handOverTime))
	defer cancel()
	if err := s.transfer(ctx, ""); err != nil {
		s.log.Debug("leadership wasn't handed on before the close", "error", err)
	}
}

// handOverTime is a part of what a host gives a close.
const handOverTime = 3 * time.Second
