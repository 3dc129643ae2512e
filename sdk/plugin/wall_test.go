package plugin_test

import (
	"context"
	"log/slog"
	"net"
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

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wall is both ends in one process, with a unix socket between them.
type wall struct {
	proxy  *plugin.Proxy
	engine *plugin.Engine
	server *grpc.Server
}

func newWall(t testing.TB, b sdk.Backend, claims sdk.Claims, cfg plugin.ProxyConfig) *wall {
	t.Helper()
	spec := plugin.Spec{Name: "fake", Version: "1.2.3", DataFormat: 7, Claims: claims, New: func() sdk.Backend { return b }}
	w := &wall{engine: plugin.NewEngine(spec, slog.New(slog.DiscardHandler))}
	w.server = grpc.NewServer(plugin.ServerOptions()...)
	w.engine.Register(w.server)
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	require.NoError(t, err)
	served := make(chan struct{})
	go func() { defer close(served); _ = w.server.Serve(l) }()
	cc, err := grpc.NewClient("unix:"+socket, append(plugin.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	require.NoError(t, err)
	w.proxy, err = plugin.NewProxy(t.Context(), cc, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = w.proxy.Close(ctx)
		require.NoError(t, cc.Close())
		w.server.Stop()
		<-served
	})
	return w
}

// open opens the backend behind the wall.
func (w *wall) open(t testing.TB, sm sdk.StateMachine) {
	t.Helper()
	require.NoError(t, w.proxy.Open(t.Context(), sdk.Config{NodeID: "n1"}, sm))
}
