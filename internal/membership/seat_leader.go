package membership

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// Forward has the leader at address append. here, if it isn't nil, is closed when the
// entry has arrived on this node, which is as good as an answer. Once it was sent, a
// leader that is lost before it answers leaves the outcome unknown.
func (s *Seat) Forward(ctx context.Context, address string, id, data []byte, here <-chan struct{}) error {
	leader, err := s.reachLeader(ctx, address)
	if err != nil {
		return err
	}
	if _, now := s.Library.Leader(); now != address { // while it was dialled; nothing was sent
		return NoQuorum("the leader at %s was lost before it was asked", address)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer := make(chan error, 1)
	go func() { // until ctx ends at the latest
		r, err := leader.Propose(ctx, &peerpb.ProposeRequest{Id: id, Data: data})
		answer <- Answered(err, r.GetFailure())
	}()
	for {
		changed := s.Board.Elections()
		if _, at := s.Library.Leader(); at != address {
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
			return GaveUp(ctx, "given up while the leader replicated it", sdk.Unknown)
		case <-s.Context.Done():
			return Closed(sdk.Unknown)
		}
	}
}

// Change has the leader change one member.
func (s *Seat) Change(ctx context.Context, c Change) error {
	return s.WithLeader(ctx, func(ctx context.Context, address string) error {
		if address == "" {
			return s.Library.ChangeHere(ctx, c)
		}
		leader, err := s.reachLeader(ctx, address)
		if err != nil {
			return err
		}
		r, err := leader.Change(ctx, c.ToPB())
		return Answered(err, r.GetFailure())
	})
}

// Transfer returns when node leads as far as this node knows; empty: another than
// now. Where a third one was elected instead, it is asked in its turn.
func (s *Seat) Transfer(ctx context.Context, node string) error {
	for {
		before := ""
		err := s.WithLeader(ctx, func(ctx context.Context, address string) error {
			before, _ = s.Library.Leader()
			return s.transferBy(ctx, address, node)
		})
		if err != nil {
			return err
		}
		leader, err := s.nextLeader(ctx, node, before)
		if err != nil || node == "" || leader == node {
			return err
		}
	}
}

func (s *Seat) transferBy(ctx context.Context, address, node string) error {
	if address == "" {
		return s.Library.TransferHere(ctx, node)
	}
	leader, err := s.reachLeader(ctx, address)
	if err != nil {
		return err
	}
	r, err := leader.Transfer(ctx, &peerpb.TransferRequest{Node: node})
	return Answered(err, r.GetFailure())
}

// nextLeader waits until node leads, or another than before.
func (s *Seat) nextLeader(ctx context.Context, node, before string) (string, error) {
	for {
		changed := s.Board.Elections()
		leader, _ := s.Library.Leader()
		if leader != "" && (leader == node || leader != before) {
			return leader, nil
		}
		tick := time.NewTimer(RetryLeader)
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return "", GaveUp(ctx, "leadership was handed on, and nobody is known to lead yet", sdk.Unknown)
		case <-s.Context.Done():
			tick.Stop()
			return "", Closed(sdk.Unknown)
		}
		tick.Stop()
	}
}

// Heir is who leadership is to be handed to, with the name node or, where that is
// empty, whoever has come furthest. All are asked at once, for no longer than an
// election takes.
func (s *Seat) Heir(ctx context.Context, node string) (sdk.Member, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Election)
	defer cancel()
	return s.electorate().Heir(ctx, node)
}

func (s *Seat) electorate() Electorate {
	return Electorate{Members: s.Library.Members(), Self: s.Config.NodeID, Stored: s.StoredBy}
}

// handOverTime is a part of what a host gives a close.
const handOverTime = 3 * time.Second

// HandOver gives leadership away before a close, so that nobody has to notice
// that this node is gone. It takes no longer than an election, and leaves time
// for the close itself.
func (s *Seat) HandOver(ctx context.Context) {
	if s.Context.Err() != nil || !s.Leads() || !s.electorate().HasHeir() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, min(s.Patience, handOverTime))
	defer cancel()
	if err := s.Library.TransferHere(ctx, ""); err != nil {
		s.Log.Debug("leadership wasn't handed on before the close", "error", err)
	}
}
