package hashiraft

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/plugins/hashiraft/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// TransferLeadership returns when node leads as far as this node knows; empty:
// another than now.
func (b *Backend) TransferLeadership(ctx context.Context, node string) error {
	s := b.current()
	if s == nil || s.ctx.Err() != nil {
		return errClosed(sdk.NotAppended)
	}
	before := ""
	err := s.withLeader(ctx, func(ctx context.Context, address string) error {
		before, _ = s.leader()
		if address == "" {
			return s.transfer(ctx, node)
		}
		leader, err := s.reach(ctx, address)
		if err != nil {
			return noQuorum("the leader at %s can't be reached: %v", address, err)
		}
		r, err := leader.Transfer(ctx, &peerpb.TransferRequest{Node: node})
		return answered(err, r.GetFailure())
	})
	if err != nil {
		return err
	}
	return s.waitForLeader(ctx, node, before)
}

func (s *session) waitForLeader(ctx context.Context, node, before string) error {
	for {
		changed := s.board.elections()
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
func (s *session) transfer(ctx context.Context, node string) error {
	if !s.leads() {
		return noQuorum("node %q doesn't lead any more: try again", s.cfg.NodeID)
	}
	if node == s.cfg.NodeID {
		return nil
	}
	heir, err := s.heir(ctx, node)
	if err != nil {
		return err
	}
	select {
	case err := <-s.async(func() error { return s.raft.LeadershipTransferToServer(heir.ID, heir.Address).Error() }):
		return ofTransfer(err)
	case <-ctx.Done():
		return gaveUp(ctx, "given up while leadership was handed on", sdk.Unknown)
	case <-s.ctx.Done():
		return errClosed(sdk.Unknown)
	}
}

// heir is the voter with that name; empty: of those that answer, the one that has
// come furthest.
func (s *session) heir(ctx context.Context, node string) (raft.Server, error) {
	if node == "" {
		return s.furthest(ctx)
	}
	m, ok := s.member(node)
	switch {
	case !ok:
		return m, conflict("node %q is no member of this cluster, which has %s", node, listOf(s.configuration()))
	case m.Suffrage != raft.Voter:
		return m, conflict("node %q is a %s and can't lead: promote it first", node, roleOf(m))
	case !s.answers(ctx, m):
		return m, conflict("node %q doesn't answer: start it, or mend the network", node)
	}
	return m, nil
}

// furthest asks all other voters at once.
func (s *session) furthest(ctx context.Context) (best raft.Server, err error) {
	if !s.hasHeir() {
		return best, conflict("node %q is the only voter: add another first", s.cfg.NodeID)
	}
	ctx, cancel := context.WithTimeout(ctx, s.electionTime())
	defer cancel()
	var asking sync.WaitGroup
	var mu sync.Mutex
	most, found := uint64(0), false
	for _, m := range s.configuration() {
		if m.Suffrage != raft.Voter || string(m.ID) == s.cfg.NodeID {
			continue
		}
		asking.Go(func() {
			stored, err := s.storedBy(ctx, m)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && (!found || stored > most) {
				best, most, found = m, stored, true
			}
		})
	}
	asking.Wait()
	if !found {
		return best, conflict("no other voter answers: start one, or mend the network")
	}
	return best, nil
}

// ofTransfer is an error of the library's: leadership stays where it is, or is
// lost to an election; nothing was written.
func ofTransfer(err error) error {
	if err == nil {
		return nil
	}
	return &sdk.Error{Reason: sdk.ReasonInternal, Outcome: sdk.NotAppended, Message: "leadership couldn't be handed on: try again", Err: err}
}

func (s *session) hasHeir() bool {
	for _, m := range s.configuration() {
		if m.Suffrage == raft.Voter && string(m.ID) != s.cfg.NodeID {
			return true
		}
	}
	return false
}

// handOver gives leadership away before a close, so that nobody has to notice
// that this node is gone. It takes no longer than an election, and leaves time
// for the close itself.
func (s *session) handOver(ctx context.Context) {
	if s.ctx.Err() != nil || !s.leads() || !s.hasHeir() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, min(2*s.electionTime(), handOverTime))
	defer cancel()
	if err := s.transfer(ctx, ""); err != nil {
		s.log.Debug("leadership wasn't handed on before the close", "error", err)
	}
}

// handOverTime is a part of what a host gives a close.
const handOverTime = 3 * time.Second

func (s *session) electionTime() time.Duration { return time.Duration(s.opts.ElectionTimeout) }
