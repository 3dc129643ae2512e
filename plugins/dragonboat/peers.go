package dragonboat

import (
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
)

func (s *session) serveMembers() *grpc.Server {
	server := grpc.NewServer(peerport.ServerOptions(membership.MaxMessage)...)
	peerpb.RegisterPeerServer(server, membership.Service{Seat: s.seat})
	s.work.Go(func() { _ = server.Serve(s.port.Lane(kindPeer)) }) // until the port is closed
	return server
}

var _ membership.Library = (*session)(nil)

// Report says how this node is, and which number the one that asks has.
func (s *session) Report(node string) *peerpb.ReportResponse {
	_, term := s.disk.log.position()
	number, index := s.roll.lookUp(node)
	return &peerpb.ReportResponse{StoredIndex: s.disk.log.stored(), Term: term, Replica: number, MembersIndex: index}
}

// KnownTo is at least 1: who knows of no change at all has no say.
func (s *session) KnownTo() uint64 { return max(s.roll.knownTo(), 1) }
