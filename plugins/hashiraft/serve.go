package hashiraft

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

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
	if _, ok := m.member(node); !ok {
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
	if len(r.GetId()) != len(proposalID{}) || len(r.GetData()) > sdk.MaxEntrySize {
		return &sdk.Error{Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended, Message: "not a proposal as this version makes them"}
	}
	if !m.leads() {
		return noQuorum("node %q doesn't lead any more: try again", m.cfg.NodeID)
	}
	return m.proposeHere(ctx, proposalID(r.GetId()), nil, r.GetData())
}

// Barrier says how far another node must have come.
func (m service) Barrier(ctx context.Context, _ *peerpb.BarrierRequest) (*peerpb.BarrierResponse, error) {
	err := m.asMember(ctx)
	var index uint64
	if err == nil {
		index, err = m.committed(ctx)
	}
	return &peerpb.BarrierResponse{Failure: membership.FailureOf(err), Index: index}, nil
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

// Report says how this node is.
func (m service) Report(_ context.Context, r *peerpb.ReportRequest) (*peerpb.ReportResponse, error) {
	leader, _ := m.leader()
	_, is := m.member(r.GetNode())
	return &peerpb.ReportResponse{StoredIndex: m.raft.LastIndex(), Leader: leader, Member: is, Term: m.raft.CurrentTerm()}, nil
}
