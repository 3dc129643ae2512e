package server

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
)

// admin is the Admin service.
type admin struct {
	metalogv1.UnimplementedAdminServer
	server *Server
}

func (a *admin) GetStatus(context.Context, *metalogv1.GetStatusRequest) (*metalogv1.GetStatusResponse, error) {
	return &metalogv1.GetStatusResponse{Status: a.server.status()}, nil
}

// status is the node's and the server's.
func (s *Server) status() *metalogv1.Status {
	st := statusProto(s.node.Status())
	st.Version = s.cfg.Version
	st.UptimeMs = time.Since(s.started).Milliseconds()
	if st.GetBackend() == "" {
		st.Backend = s.cfg.Backend
	}
	return st
}

func (a *admin) Compact(ctx context.Context, _ *metalogv1.CompactRequest) (*metalogv1.CompactResponse, error) {
	if err := a.server.node.Compact(ctx); err != nil {
		return nil, convert.ReadStatus(err).Err()
	}
	return &metalogv1.CompactResponse{Revision: a.server.node.Status().Revision}, nil
}
