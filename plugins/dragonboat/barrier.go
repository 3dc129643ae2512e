package dragonboat

import (
	"context"
	"errors"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// ReadBarrier has the library find out how far the leader had come, and returns when
// this node's host has that. The library asks once for all that wait. A question that
// went to a leader that is gone gets no answer: it is asked again.
func (b *Backend) ReadBarrier(ctx context.Context) error {
	s, err := b.running()
	if err != nil {
		return err
	}
	return s.seat.WithLeader(ctx, func(ctx context.Context, _ string) error {
		within, cancel := context.WithTimeout(ctx, 2*s.opts.electionTime())
		defer cancel()
		request, err := s.node.ReadIndex(shard, noDeadline)
		if err != nil {
			return ofRequest("read barrier", err)
		}
		err = s.await(within, "read barrier", request, sdk.NotAppended)
		switch {
		case err == nil:
			if broken := s.machine.failure(); broken != nil {
				return membership.Internal("the host has refused an entry", broken)
			}
			return nil
		case errors.Is(err, sdk.ErrClosed):
			return membership.Closed(sdk.NotAppended)
		case ctx.Err() != nil:
			return membership.GaveUp(ctx, "read barrier", sdk.NotAppended)
		}
		return membership.NoQuorum("read barrier: the leader didn't answer: %v", err)
	})
}
