package hashiraft

import (
	"context"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
)

// service answers other nodes. Many call it at once.
type service struct {
	membership.Service
	session *session
}

func (s *session) serveMembers() *grpc.Server {
	server := grpc.NewServer(peerport.ServerOptions(membership.MaxMessage)...)
	peerpb.RegisterPeerServer(server, service{membership.Service{Seat: s.seat}, s})
	s.work.Go(func() { _ = server.Serve(s.port.Lane(kindPeer)) }) // until the port is closed
	return server
}

// Barrier says how far another node must have come.
func (m service) Barrier(ctx context.Context, _ *peerpb.BarrierRequest) (*peerpb.BarrierResponse, error) {
	err := m.AsMember(ctx)
	var index uint64
	if err == nil {
		index, err = m.session.committed(ctx)
	}
	return &peerpb.BarrierResponse{Failure: membership.FailureOf(err), Index: index}, nil
}

var _ membership.Library = (*session)(nil)

// Report says how this node is.
func (s *session) Report(string) *peerpb.ReportResponse {
	return &peerpb.ReportResponse{StoredIndex: s.raft.LastIndex(), Term: s.raft.CurrentTerm()}
}

// KnownTo is 0: a change of members is known as soon as it is appended.
func (s *session) KnownTo() uint64 { return 0 }
