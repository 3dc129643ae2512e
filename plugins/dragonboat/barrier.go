package dragonboat

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// ReadBarrier has the library find out how far the leader had come, and returns when
// this node's host has that. The library asks once for all that wait.
func (b *Backend) ReadBarrier(ctx context.Context) error {
	s, err := b.Running()
	if err != nil {
		return err
	}
	return s.seat.WithLeader(ctx, func(ctx context.Context, _ string) error { return s.barrier(ctx) })
}

// barrier asks again where there was no answer: the question may be lost, with the
// leader that it went to or on the way. It waits longer each time, since it may be the
// host that isn't as far yet as the answer.
func (s *session) barrier(ctx context.Context) error {
	elected := s.board.Elections()
	for wait := 2 * s.opts.electionTime(); ; wait *= 2 {
		if err := s.board.Full(); err != nil { // the library's goroutine waits for room
			return membership.NoQuorum("read barrier: %v", err)
		}
		request, err := s.node.ReadIndex(shard, noDeadline)
		if err != nil {
			return ofRequest("read barrier", err)
		}
		patience := time.NewTimer(wait)
		select {
		case r := <-request.AppliedC():
			patience.Stop()
			request.Release()
			if broken := s.machine.failure(); broken != nil {
				return membership.Internal("the host has refused an entry", broken)
			}
			return ofResult("read barrier", r)
		case <-elected:
			patience.Stop()
			return membership.NoQuorum("read barrier: another leads than when it was asked")
		case <-patience.C:
		case <-ctx.Done():
			patience.Stop()
			return membership.GaveUp(ctx, "read barrier", sdk.NotAppended)
		case <-s.ctx.Done():
			patience.Stop()
			return membership.Closed(sdk.NotAppended)
		}
	}
}
