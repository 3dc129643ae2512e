package plugin_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

func TestMain(m *testing.M) {
	if mode, ok := os.LookupEnv(childEnv); ok {
		plugin.Serve(childSpec(mode))
	}
	goleak.VerifyTestMain(m)
}

var quiet = slog.New(slog.DiscardHandler)

// wall is both ends in one process, with a unix socket between them.
type wall struct {
	proxy  *plugin.Proxy
	engine *plugin.Engine
	server *grpc.Server
}

func newWall(t testing.TB, b sdk.Backend, claims sdk.Claims, cfg plugin.ProxyConfig) *wall {
	t.Helper()
	spec := plugin.Spec{Name: "fake", Version: "1.2.3", DataFormat: 7, Claims: claims, New: func() sdk.Backend { return b }}
	w := &wall{engine: plugin.NewEngine(spec, quiet)}
	var cc *grpc.ClientConn
	w.server, cc = serve(t, w.engine.Register)
	var err error
	w.proxy, err = plugin.NewProxy(t.Context(), cc, cfg)
	require.NoError(t, err)
	closeAtEnd(t, w.proxy)
	return w
}

// serve serves what register registers over a unix socket.
func serve(t testing.TB, register func(grpc.ServiceRegistrar)) (*grpc.Server, *grpc.ClientConn) {
	t.Helper()
	server := grpc.NewServer(plugin.ServerOptions()...)
	register(server)
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	require.NoError(t, err)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	cc, err := grpc.NewClient("unix:"+socket, append(plugin.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = cc.Close()
		server.Stop()
		<-served
	})
	return server, cc
}

func closeAtEnd(t testing.TB, p *plugin.Proxy) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = p.Close(ctx)
	})
}

// open opens the backend behind the wall.
func (w *wall) open(t testing.TB, sm sdk.StateMachine) {
	t.Helper()
	require.NoError(t, w.proxy.Open(t.Context(), sdk.Config{NodeID: "n1"}, sm))
}

// over waits for the end of the session and says why it came.
func (w *wall) over(t testing.TB) error {
	t.Helper()
	return over(t, w.proxy)
}

func over(t testing.TB, p *plugin.Proxy) error {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(10 * time.Second):
		require.Fail(t, "the session goes on")
	}
	return p.Err()
}
