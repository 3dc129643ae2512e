package server

import (
	"context"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
)

// Limits of one connection. A client may ping every ten seconds; one that is
// silent for half a minute is asked whether it is there.
const (
	maxStreams     = 4096
	maxHandshake   = 10 * time.Second
	minClientPing  = 10 * time.Second
	serverPing     = 30 * time.Second
	serverPingWait = 10 * time.Second
)

func (s *Server) newGRPC() *grpc.Server {
	g := grpc.NewServer(
		grpc.MaxRecvMsgSize(convert.MaxRequest),
		grpc.MaxSendMsgSize(convert.MaxResponse),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(maxHandshake),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minClientPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: serverPing, Timeout: serverPingWait}),
		grpc.WaitForHandlers(true),
		grpc.ChainUnaryInterceptor(s.metrics.unary, s.recoverUnary, s.capWait),
		grpc.ChainStreamInterceptor(s.metrics.stream, s.recoverStream),
	)
	metalogv1.RegisterMetadataServer(g, &nouns{store: s.node})
	metalogv1.RegisterWatchServer(g, &watches{node: s.node, leaving: s.leaving})
	metalogv1.RegisterAdminServer(g, &admin{server: s})
	healthpb.RegisterHealthServer(g, &health{node: s.node, leaving: s.leaving})
	reflection.Register(g)
	return g
}

// capWait gives every call an end.
func (s *Server) capWait(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.MaxWait)
	defer cancel()
	return next(ctx, req)
}

func (s *Server) recoverUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	defer func() {
		if r := recover(); r != nil {
			resp, err = nil, s.panicked(info.FullMethod, r)
		}
	}()
	return next(ctx, req)
}

func (s *Server) recoverStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.panicked(info.FullMethod, r)
		}
	}()
	return next(srv, stream)
}

// panicked keeps the details for the node's own log.
func (s *Server) panicked(method string, reason any) error {
	s.cfg.Logger.Error("a call panicked", "method", method, "reason", reason, "stack", string(debug.Stack()))
	return convert.ReadStatus(errPanicked).Err()
}
