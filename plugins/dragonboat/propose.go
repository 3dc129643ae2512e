package dragonboat

import (
	"context"
	"fmt"
	"time"

	library "github.com/lni/dragonboat/v4"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	// retryLeader is how soon a leader that wouldn't lead is asked again.
	retryLeader = 20 * time.Millisecond
	// retryBusy is a hint to whoever was refused for too much work.
	retryBusy = 100 * time.Millisecond
	// noDeadline is what the library is given, which has no contexts: the caller
	// waits only as long as its own.
	noDeadline = time.Hour
)

// Propose returns nil when data is committed, by whatever node leads. A leader that
// is about to change is waited for, as long as an election takes.
func (b *Backend) Propose(ctx context.Context, data []byte) error {
	if len(data) > sdk.MaxEntrySize {
		return &sdk.Error{
			Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("an entry of %d bytes: at most %d are allowed", len(data), sdk.MaxEntrySize),
		}
	}
	s, err := b.running()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return gaveUp(ctx, "given up before it was proposed", sdk.NotAppended)
	}
	return s.withLeader(ctx, func(ctx context.Context, address string) error {
		if address == "" {
			return s.proposeHere(ctx, data)
		}
		return s.forward(ctx, address, data)
	})
}

// withLeader calls do with the leader's address, empty if that is this node. It
// tries again for as long as an election may take while do says that nothing
// was done for want of a leader.
func (s *session) withLeader(ctx context.Context, do func(ctx context.Context, address string) error) error {
	patience := time.NewTimer(s.opts.patience())
	defer patience.Stop()
	for {
		elected := s.board.Elections()
		node, address := s.leader()
		err := s.whyLeaderless(node)
		if err == nil {
			if node == s.cfg.NodeID {
				address = ""
			}
			if err = do(ctx, address); !leaderless(err) {
				return err
			}
		}
		retry := time.NewTimer(retryLeader)
		select {
		case <-elected:
		case <-retry.C: // it was said to lead, and didn't
		case <-patience.C:
			retry.Stop()
			return err
		case <-ctx.Done():
			retry.Stop()
			return gaveUp(ctx, "no leader until the deadline", sdk.NotAppended)
		case <-s.ctx.Done():
			retry.Stop()
			return errClosed(sdk.NotAppended)
		}
		retry.Stop()
	}
}

// whyLeaderless says why nothing can be committed here now; nil: it may be.
func (s *session) whyLeaderless(leader string) error {
	if why := s.board.Apart(); why != "" {
		return noQuorum("%s", why)
	}
	if leader != "" {
		return nil
	}
	members := s.configuration()
	if len(members) == 0 {
		return noQuorum("node %q waits to be contacted by the cluster: add it on a member with metalog member add %s %s",
			s.cfg.NodeID, s.cfg.NodeID, s.cfg.Address)
	}
	return noQuorum("no quorum: node %q knows no leader among the members %s: start more of them, or mend the network",
		s.cfg.NodeID, membership.List(members))
}

// proposeHere appends on this node, the leader. When another leads before it is
// committed, that one may commit it or not.
func (s *session) proposeHere(ctx context.Context, data []byte) error {
	elected := s.board.Elections()
	command := make([]byte, 1+len(data))
	command[0] = commandVersion
	copy(command[1:], data)
	request, err := s.node.Propose(s.node.GetNoOPSession(shard), command, noDeadline)
	if err != nil {
		return ofRequest("propose", err)
	}
	for {
		select {
		case r := <-request.AppliedC():
			if r.Completed() && r.GetResult().Value != delivered {
				return internal("the host refused the entry", s.machine.failure())
			}
			err := ofResult("propose", r)
			request.Release()
			return err
		case <-elected:
			if s.leads() { // again, or still
				elected = s.board.Elections()
				continue
			}
			return &sdk.Error{Reason: sdk.ReasonInternal, Message: "propose: leadership was lost before it was committed, another leader may still commit it"}
		case <-ctx.Done():
			return gaveUp(ctx, "given up while it was replicated", sdk.Unknown)
		case <-s.ctx.Done():
			return errClosed(sdk.Unknown)
		}
	}
}

// forward has the leader append. The library would do so by itself, and wouldn't say
// what the leader made of it. Once it was sent, a leader that is lost before it
// answers leaves the outcome unknown.
func (s *session) forward(ctx context.Context, address string, data []byte) error {
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
	go func() { // until ctx ends at the latest
		r, err := leader.Propose(ctx, &peerpb.ProposeRequest{Data: data})
		answer <- membership.Answered(err, r.GetFailure())
	}()
	for {
		changed := s.board.Elections()
		if _, at := s.leader(); at != address {
			select { // the answer may be there all the same
			case err := <-answer:
				return err
			default:
				return &sdk.Error{Reason: sdk.ReasonInternal, Message: "the leader at " + address + " was lost before it answered"}
			}
		}
		select {
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

// await waits for what becomes of a request that changes nothing.
func (s *session) await(ctx context.Context, what string, request *library.RequestState, o sdk.Outcome) error {
	select {
	case r := <-request.AppliedC():
		err := ofResult(what, r)
		request.Release()
		return err
	case <-ctx.Done():
		return gaveUp(ctx, what, o)
	case <-s.ctx.Done():
		return errClosed(o)
	}
}
