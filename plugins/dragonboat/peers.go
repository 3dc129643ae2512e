package dragonboat

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// maxMessage is an entry and what surrounds it.
const maxMessage = sdk.MaxEntrySize + 64<<10

// unused is after how long a connection is given up that nobody asked for, as to a
// member that was removed: every member is asked each second.
const unused = time.Minute

// reach returns the node at address, connected: what is sent then either
// arrives or its outcome is unknown.
func (s *session) reach(ctx context.Context, address string) (peerpb.PeerClient, error) {
	conn, err := s.peers.Reach(ctx, address)
	if err != nil {
		return nil, err
	}
	return peerpb.NewPeerClient(conn), nil
}

// storedBy asks a node for the last index that it has.
func (s *session) storedBy(ctx context.Context, m sdk.Member) (uint64, error) {
	node, err := s.reach(ctx, m.Address)
	if err != nil {
		return 0, err
	}
	r, err := node.Report(ctx, &peerpb.ReportRequest{Node: s.cfg.NodeID})
	return r.GetStoredIndex(), err
}

// answers asks a node for a sign of life.
func (s *session) answers(ctx context.Context, m sdk.Member) bool {
	if m.NodeID == s.cfg.NodeID {
		return true
	}
	_, err := s.storedBy(ctx, m)
	return err == nil
}

// service answers other nodes. Many call it at once.
type service struct {
	peerpb.UnimplementedPeerServer
	*session
}

func (s *session) serveMembers() *grpc.Server {
	server := grpc.NewServer(peerport.ServerOptions(maxMessage)...)
	peerpb.RegisterPeerServer(server, service{session: s})
	s.work.Go(func() { _ = server.Serve(s.port.Lane(kindPeer)) }) // until the port is closed
	return server
}

// asMember refuses who doesn't belong to the cluster any more.
func (m service) asMember(ctx context.Context) error {
	node := "?"
	if p, ok := peer.FromContext(ctx); ok {
		node = p.Addr.String()
	}
	if m.roll.numberOf(node) == 0 {
		return noQuorum("%s", membership.RemovedText(node))
	}
	return nil
}

// Propose appends an entry for another node.
func (m service) Propose(ctx context.Context, r *peerpb.ProposeRequest) (*peerpb.ProposeResponse, error) {
	return &peerpb.ProposeResponse{Failure: membership.FailureOf(m.propose(ctx, r))}, nil
}

func (m service) propose(ctx context.Context, r *peerpb.ProposeRequest) error {
	if err := m.asMember(ctx); err != nil {
		return err
	}
	if len(r.GetData()) > sdk.MaxEntrySize {
		return &sdk.Error{Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended, Message: "not a proposal as this version makes them"}
	}
	if !m.leads() {
		return noQuorum("node %q doesn't lead any more: try again", m.cfg.NodeID)
	}
	return m.proposeHere(ctx, r.GetData())
}

// Change changes one member.
func (m service) Change(ctx context.Context, r *peerpb.ChangeRequest) (*peerpb.ChangeResponse, error) {
	err := m.asMember(ctx)
	if err == nil {
		err = m.change(ctx, membership.ChangeFromPB(r))
	}
	return &peerpb.ChangeResponse{Failure: membership.FailureOf(err)}, nil
}

// Transfer hands leadership on.
func (m service) Transfer(ctx context.Context, r *peerpb.TransferRequest) (*peerpb.TransferResponse, error) {
	err := m.asMember(ctx)
	if err == nil {
		err = m.transfer(ctx, r.GetNode())
	}
	return &peerpb.TransferResponse{Failure: membership.FailureOf(err)}, nil
}

// Report says how this node is, and which number the one that asks has.
func (m service) Report(_ context.Context, r *peerpb.ReportRequest) (*peerpb.ReportResponse, error) {
	leader, _ := m.leader()
	_, term := m.disk.log.position()
	number, index := m.roll.lookUp(r.GetNode())
	return &peerpb.ReportResponse{
		StoredIndex: m.disk.log.stored(), Leader: leader, Term: term,
		Member: number != 0, Replica: number, MembersIndex: index,
	}, nil
}
