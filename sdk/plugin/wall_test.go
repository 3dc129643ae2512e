package plugin_test

import (
	"context"
	"io"
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
	switch mode, ok := os.LookupEnv(childEnv); {
	case mode == "mirror":
		_, _ = io.Copy(os.Stdout, os.Stdin)
		os.Exit(0)
	case ok:
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

func newWall(tb testing.TB, b sdk.Backend, claims sdk.Claims, cfg plugin.ProxyConfig) *wall {
	tb.Helper()
	spec := plugin.Spec{Name: "fake", Version: "1.2.3", DataFormat: 7, Claims: claims, New: func() sdk.Backend { return b }}
	w := &wall{engine: plugin.NewEngine(spec, quiet)}
	var cc *grpc.ClientConn
	w.server, cc = serve(tb, w.engine.Register)
	var err error
	w.proxy, err = plugin.NewProxy(tb.Context(), cc, cfg)
	require.NoError(tb, err)
	closeAtEnd(tb, w.proxy)
	return w
}

// serve serves what register registers over a unix socket.
func serve(tb testing.TB, register func(grpc.ServiceRegistrar)) (*grpc.Server, *grpc.ClientConn) {
	tb.Helper()
	server := grpc.NewServer(plugin.ServerOptions()...)
	register(server)
	socket := filepath.Join(tb.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	require.NoError(tb, err)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	cc, err := grpc.NewClient("unix:"+socket, append(plugin.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_ = cc.Close()
		server.Stop()
		<-served
	})
	return server, cc
}

func closeAtEnd(tb testing.TB, p *plugin.Proxy) {
	tb.Helper()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = p.Close(ctx)
	})
}

// open opens the backend behind the wall.
func (w *wall) open(tb testing.TB, sm sdk.StateMachine) {
	tb.Helper()
	require.NoError(tb, w.proxy.Open(tb.Context(), sdk.Config{NodeID: "n1"}, sm))
}

// over waits for the end of the session and says why it came.
func (w *wall) over(tb testing.TB) error {
	tb.Helper()
	return over(tb, w.proxy)
}

func over(tb testing.TB, p *plugin.Proxy) error {
	tb.Helper()
	select {
	case <-p.Done():
	case <-time.After(10 * time.Second):
		require.Fail(tb, "the session goes on")
	}
	return p.Err()
}
