package peerport_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"

	"github.com/chronik-stream/metalog/internal/peerport"
)

// A call goes through the lane, and the handler knows who asks.
func TestPeersAsk(t *testing.T) {
	n1, n2 := open(t, "n1", nil), open(t, "n2", nil)
	asked := make(chan string, 1)
	server := grpc.NewServer(append(peerport.ServerOptions(1<<20), grpc.UnaryInterceptor(
		func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			if p, ok := peer.FromContext(ctx); ok {
				asked <- p.Addr.String()
			}
			return handle(ctx, r)
		}))...)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	served := make(chan error, 1)
	go func() { served <- server.Serve(n2.Lane(asking)) }()

	peers := peerport.NewPeers(n1.Port, asking, 1<<20)
	conn, err := peers.Reach(t.Context(), n2.at)
	require.NoError(t, err)
	_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, "n1", <-asked)
	again, err := peers.Reach(t.Context(), n2.at)
	require.NoError(t, err)
	require.Same(t, conn, again)

	server.Stop()
	require.NoError(t, <-served)
	peers.Close()
	for _, address := range []string{n2.at, n1.at} { // asked before, and never
		_, err = peers.Reach(t.Context(), address)
		require.ErrorContains(t, err, "the session has ended")
	}
}

// Nobody is waited for in vain.
func TestReachOfNobody(t *testing.T) {
	n := open(t, "n1", nil)
	peers := peerport.NewPeers(n.Port, asking, 1<<20)
	defer peers.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	began := time.Now()
	_, err = peers.Reach(t.Context(), l.Addr().String())
	require.ErrorContains(t, err, "it doesn't answer")
	require.Less(t, time.Since(began), 10*time.Second)
}
