package trial

import (
	"context"
	"errors"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// Walled puts the wall between host and plugin before every backend of t: both
// ends of it in this process, with memory for a socket. So a cluster in process is
// judged with all that a host's calls go through, and the race detector sees it.
func Walled(t Target) Target { return walled{t} }

type walled struct{ Target }

func (t walled) Name() string { return t.Target.Name() + ", behind the wall" }

func (t walled) World(ctx context.Context, dir string, nodes int) (World, error) {
	w, err := t.Target.World(ctx, dir, nodes)
	if err != nil {
		return nil, err
	}
	info, err := t.Info(ctx)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	world := walledWorld{World: w, info: info}
	if j, ok := w.(Joiner); ok {
		return walledJoiner{world, j}, nil
	}
	return world, nil
}

type walledWorld struct {
	World
	info sdk.Info
}

type walledJoiner struct {
	walledWorld
	Joiner
}

func (w walledWorld) Backend(ctx context.Context, node string, log Logs) (sdk.Backend, error) {
	inner, err := w.World.Backend(ctx, node, log)
	if err != nil {
		return nil, err
	}
	return newWall(ctx, plugin.Spec{
		Name: w.info.Name, Version: w.info.Version, DataFormat: w.info.DataFormat, Claims: w.info.Claims,
		New: func() sdk.Backend { return inner },
	}, log)
}

// wall is a backend behind both ends of the wall. Its server's goroutine ends
// with Close.
type wall struct {
	*plugin.Proxy
	conn   *grpc.ClientConn
	server *grpc.Server
}

const wallBuffer = 1 << 20

func newWall(ctx context.Context, spec plugin.Spec, log Logs) (sdk.Backend, error) {
	listener := bufconn.Listen(wallBuffer)
	server := grpc.NewServer(plugin.ServerOptions()...)
	plugin.NewEngine(spec, log.Logger()).Register(server)
	go func() { _ = server.Serve(listener) }() // until Stop
	conn, err := grpc.NewClient("passthrough:///wall", append(plugin.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))...)
	if err != nil {
		server.Stop()
		return nil, err
	}
	proxy, err := plugin.NewProxy(ctx, conn, plugin.ProxyConfig{Logger: log.Logger()})
	if err != nil {
		server.Stop()
		return nil, errors.Join(err, conn.Close())
	}
	return wall{Proxy: proxy, conn: conn, server: server}, nil
}

// Close closes the backend, then takes the wall down.
func (w wall) Close(ctx context.Context) error {
	err := w.Proxy.Close(ctx)
	w.server.Stop()
	return errors.Join(err, w.conn.Close())
}
