package hashiraft

import (
	"context"
	"errors"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// ReadBarrier asks the leader how far the cluster has come, and waits until this
// node has too. Calls that come while one is under way share the next.
func (b *Backend) ReadBarrier(ctx context.Context) error {
	s, err := b.Running()
	if err != nil {
		return err
	}
	return s.rounds.join(ctx, s.ctx.Done(), s.spawn, func() error { return s.barrier(s.ctx) })
}

// barrier is one round for all that share it.
func (s *session) barrier(ctx context.Context) error {
	var index uint64
	err := s.seat.WithLeader(ctx, func(ctx context.Context, address string) (err error) {
		ctx, cancel := context.WithTimeout(ctx, 4*s.electionTime())
		defer cancel()
		index, err = s.committedAt(ctx, address)
		return err
	})
	if err != nil {
		return err
	}
	return s.fsm.wait(ctx, index)
}

// committedAt asks the leader at address, empty for this node.
func (s *session) committedAt(ctx context.Context, address string) (uint64, error) {
	if address == "" {
		return s.committed(ctx)
	}
	leader, err := s.seat.Reach(ctx, address)
	if err != nil {
		return 0, membership.NoQuorum("the leader at %s can't be reached: %v", address, err)
	}
	r, err := leader.Barrier(ctx, &peerpb.BarrierRequest{})
	if err != nil { // nothing was done: another leader may be asked
		return 0, membership.NoQuorum("the leader at %s doesn't answer: %v", address, err)
	}
	return r.GetIndex(), membership.Answered(nil, r.GetFailure())
}

// committed is the index of the last command or configuration that may have
// been delivered anywhere by now. Only a leader knows, and only once it has
// committed something in its own term (Raft, section 8).
func (s *session) committed(ctx context.Context) (uint64, error) {
	if !s.leads() {
		return 0, membership.NoQuorum("node %q doesn't lead any more: try again", s.cfg.NodeID)
	}
	term := s.raft.CurrentTerm()
	if s.barriered.Load() != term {
		if err := s.inTime(ctx, func() error { return s.raft.Barrier(untilDeadline(ctx)).Error() }); err != nil {
			return 0, ofRead(err)
		}
		s.barriered.Store(term)
	}
	index := s.raft.CommitIndex()
	if err := s.inTime(ctx, func() error { return s.raft.VerifyLeader().Error() }); err != nil {
		return 0, ofRead(err)
	}
	if s.raft.CurrentTerm() != term { // it lost and won in between: index may be an old one
		return 0, membership.NoQuorum("the leader has changed meanwhile: try again")
	}
	return s.lastGiven(index)
}

// lastGiven looks back from index to what state machines are given. What the
// log doesn't hold any more, this one has had.
func (s *session) lastGiven(index uint64) (uint64, error) {
	for i := index; i > 0; i-- {
		var l raft.Log
		err := s.disk.store.entry(i, &l)
		if errors.Is(err, raft.ErrLogNotFound) {
			return min(index, s.fsm.position()), nil
		}
		if err != nil {
			return 0, membership.Internal("read the log", err)
		}
		if l.Type == raft.LogCommand || l.Type == raft.LogConfiguration {
			return i, nil
		}
	}
	return 0, nil
}

// inTime runs a call into the library until ctx ends.
func (s *session) inTime(ctx context.Context, call func() error) error {
	select {
	case err := <-s.async(call):
		return err
	case <-ctx.Done():
		return membership.GaveUp(ctx, "the leader heard nothing from a majority in time", sdk.NotAppended)
	case <-s.ctx.Done():
		return membership.Closed(sdk.NotAppended)
	}
}

// ofRead is an error of a read: whatever it was, nothing was changed, and
// another leader may be asked.
func ofRead(err error) error {
	var e *sdk.Error
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, raft.ErrRaftShutdown):
		return membership.Closed(sdk.NotAppended)
	}
	return membership.NoQuorum("read barrier: %v", err)
}
