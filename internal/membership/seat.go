package membership

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// Library is what a seat asks of its backend's library. Any goroutine calls it.
type Library interface {
	// Leader is who leads as far as this node knows, and where; empty: nobody.
	Leader() (node, address string)
	// Members is the latest configuration known here, committed or not.
	Members() []sdk.Member
	// Report is how this node is, for node that asks: all but leader and member.
	Report(node string) *peerpb.ReportResponse
	// KnownTo is the index of the latest change of members that is known here; 0 where
	// none is learned of late.
	KnownTo() uint64
	// ProposeHere appends on this node, the leader, under an id if the backend has such.
	ProposeHere(ctx context.Context, id, data []byte) error
	// ChangeHere makes a change on this node, the leader, and returns when it is
	// committed.
	ChangeHere(ctx context.Context, c Change) error
	// TransferHere hands leadership on from this node, the leader; empty: to whoever
	// has come furthest.
	TransferHere(ctx context.Context, node string) error
}

// Seat is a node's place among the others, whatever its library: whom it asks, and
// what it makes of their answers. Its fields don't change once it is used; any
// goroutine may use it then.
type Seat struct {
	Library  Library
	Config   sdk.Config
	Log      *slog.Logger
	Board    *Board
	Peers    *peerport.Peers
	Known    *peerport.Known
	Context  context.Context // ends with the session
	End      func(error)     // ends the session
	Election time.Duration   // the library's election timeout
	Patience time.Duration   // how long a leader is waited for
}

// RetryLeader is how soon a leader that wouldn't lead is asked again.
const RetryLeader = 20 * time.Millisecond

// MaxMessage is an entry and what surrounds it.
const MaxMessage = sdk.MaxEntrySize + 64<<10

// CheckProposal refuses what can't be appended, or isn't waited for any more.
func CheckProposal(ctx context.Context, data []byte) error {
	if len(data) > sdk.MaxEntrySize {
		return &sdk.Error{
			Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("an entry of %d bytes: at most %d are allowed", len(data), sdk.MaxEntrySize),
		}
	}
	if ctx.Err() != nil {
		return GaveUp(ctx, "given up before it was proposed", sdk.NotAppended)
	}
	return nil
}

// Leads reports whether this node leads as far as it knows.
func (s *Seat) Leads() bool {
	node, _ := s.Library.Leader()
	return node == s.Config.NodeID
}

// MustLead is nil if this node leads.
func (s *Seat) MustLead() error {
	if s.Leads() {
		return nil
	}
	return NoQuorum("node %q doesn't lead any more: try again", s.Config.NodeID)
}

// WithLeader calls do with the leader's address, empty if that is this node. It
// tries again for as long as an election may take while do says that nothing
// was done for want of a leader, and leaves the caller time to hear that.
func (s *Seat) WithLeader(ctx context.Context, do func(ctx context.Context, address string) error) error {
	patience := time.NewTimer(s.patienceOf(ctx))
	defer patience.Stop()
	for {
		elected := s.Board.Elections()
		node, address := s.Library.Leader()
		err := s.whyLeaderless(node)
		if err == nil {
			if node == s.Config.NodeID {
				address = ""
			}
			if err = do(ctx, address); !leaderless(err) {
				return err
			}
		}
		retry := time.NewTimer(RetryLeader)
		select {
		case <-elected:
		case <-retry.C: // it was said to lead, and didn't
		case <-patience.C:
			retry.Stop()
			return err
		case <-ctx.Done():
			retry.Stop()
			if s.Context.Err() != nil {
				return Closed(sdk.NotAppended)
			}
			return fmt.Errorf("%w (%w)", err, context.Cause(ctx))
		case <-s.Context.Done():
			retry.Stop()
			return Closed(sdk.NotAppended)
		}
		retry.Stop()
	}
}

func (s *Seat) patienceOf(ctx context.Context) time.Duration {
	due, ok := ctx.Deadline()
	if !ok {
		return s.Patience
	}
	return min(s.Patience, time.Until(due)*3/4)
}

// whyLeaderless says why nothing can be committed here now; nil: it may be.
func (s *Seat) whyLeaderless(leader string) error {
	if why := s.Board.Apart(); why != "" {
		return NoQuorum("%s", why)
	}
	if leader != "" {
		return nil
	}
	members := s.Library.Members()
	if len(members) == 0 {
		return NoQuorum("node %q waits to be contacted by the cluster: add it on a member with metalog member add %s %s",
			s.Config.NodeID, s.Config.NodeID, s.Config.Address)
	}
	return NoQuorum("no quorum: node %q knows no leader among the members %s: start more of them, or mend the network",
		s.Config.NodeID, List(members))
}

// Reach returns the node at address, connected: what is sent then either
// arrives or its outcome is unknown.
func (s *Seat) Reach(ctx context.Context, address string) (peerpb.PeerClient, error) {
	conn, err := s.Peers.Reach(ctx, address)
	if err != nil {
		return nil, err
	}
	return peerpb.NewPeerClient(conn), nil
}

// reachLeader is Reach, whose error says that nothing was done.
func (s *Seat) reachLeader(ctx context.Context, address string) (peerpb.PeerClient, error) {
	leader, err := s.Reach(ctx, address)
	if err != nil {
		return nil, NoQuorum("the leader at %s can't be reached: %v", address, err)
	}
	return leader, nil
}

// StoredBy asks a member for the last index that it has.
func (s *Seat) StoredBy(ctx context.Context, m sdk.Member) (uint64, error) {
	node, err := s.Reach(ctx, m.Address)
	if err != nil {
		return 0, err
	}
	r, err := node.Report(ctx, &peerpb.ReportRequest{Node: s.Config.NodeID})
	return r.GetStoredIndex(), err
}

// Answers asks a member for a sign of life.
func (s *Seat) Answers(ctx context.Context, m sdk.Member) bool {
	if m.NodeID == s.Config.NodeID {
		return true
	}
	_, err := s.StoredBy(ctx, m)
	return err == nil
}

// Shown are the members as a status shows them.
func (s *Seat) Shown(stored uint64) []sdk.Member {
	members := s.Library.Members()
	for i := range members {
		if m := &members[i]; m.NodeID == s.Config.NodeID {
			m.MatchIndex, m.LastContact = stored, time.Now()
		} else {
			m.MatchIndex, m.LastContact = s.Board.Heard(m.NodeID)
		}
	}
	return members
}
