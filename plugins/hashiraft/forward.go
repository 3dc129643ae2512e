package hashiraft

import (
	"context"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// forward has the leader append. The entry itself, when it arrives here, is as
// good as an answer. Once it was sent, a leader that is lost before it answers
// leaves the outcome unknown.
func (s *session) forward(ctx context.Context, address string, id proposalID, here <-chan struct{}, data []byte) error {
	leader, err := s.reach(ctx, address)
	if err != nil {
		return noQuorum("the leader at %s can't be reached: %v", address, err)
	}
	if _, now := s.leader(); now != address { // while it was dialled; nothing was sent
		return noQuorum("the leader at %s was lost before it was asked", address)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer := make(chan error, 1)
	s.spawn(func() {
		r, err := leader.Propose(ctx, &peerpb.ProposeRequest{Id: id[:], Data: data})
		answer <- membership.Answered(err, r.GetFailure())
	})
	for {
		changed := s.board.Elections()
		if _, at := s.leader(); at != address {
			select { // the answer may be there all the same
			case <-here:
				return nil
			case err := <-answer:
				return err
			default:
				return &sdk.Error{Reason: sdk.ReasonInternal, Message: "the leader at " + address + " was lost before it answered"}
			}
		}
		select {
		case <-here:
			return nil
		case err := <-answer:
			return err
		case <-changed:
		case <-ctx.Done():
			return gaveUp(ctx, "given up while the leader replicated it", sdk.Unknown)
		case <-s.ctx.Done():
			return errClosed(sdk.Unknown)
		}
	}
}
