package conformance_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk/backendpb"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

type sessionServer = grpc.BidiStreamingServer[backendpb.HostMessage, backendpb.PluginMessage]

// unruly is a plugin that breaks the rules of the wire: what it hears and says in
// the session passes through the two functions. A message that one of them makes
// nil is lost.
type unruly struct {
	goplugin.NetRPCUnsupportedPlugin
	*plugin.Engine
	hear func(*backendpb.HostMessage) *backendpb.HostMessage
	say  func(*backendpb.PluginMessage) *backendpb.PluginMessage
	stay bool   // when the session is over, or the host
	open func() // what it does when it is open
}

func (u *unruly) Open(ctx context.Context, request *backendpb.OpenRequest) (*backendpb.OpenResponse, error) {
	response, err := u.Engine.Open(ctx, request)
	if u.open != nil {
		u.open()
	}
	return response, err
}

func (u *unruly) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	backendpb.RegisterBackendServer(s, u)
	return nil
}

func (u *unruly) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (u *unruly) Session(stream sessionServer) error {
	return u.Engine.Session(unrulyStream{stream, u})
}

type unrulyStream struct {
	sessionServer
	plugin *unruly
}

func (s unrulyStream) Recv() (*backendpb.HostMessage, error) {
	for {
		m, err := s.sessionServer.Recv()
		if err != nil || s.plugin.hear == nil {
			return m, err
		}
		if m = s.plugin.hear(m); m != nil {
			return m, nil
		}
	}
}

func (s unrulyStream) Send(m *backendpb.PluginMessage) error {
	if s.plugin.say != nil {
		if m = s.plugin.say(m); m == nil {
			return nil
		}
	}
	return s.sessionServer.Send(m)
}

// serve is plugin.Serve as far as these tests need it.
func (u *unruly) serve() {
	u.Engine = plugin.NewEngine(single(), slog.New(slog.DiscardHandler))
	go goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  plugin.Handshake,
		VersionedPlugins: map[int]goplugin.PluginSet{plugin.ProtocolMajor: {plugin.Name: u}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, plugin.ServerOptions()...)...)
		},
	})
	if u.stay {
		select {}
	}
	go func() {
		<-u.Done()
		os.Exit(0)
	}()
	_, _ = io.Copy(io.Discard, os.NewFile(3, "death pipe"))
}

func addUnrulyChildren() {
	for name, u := range map[string]*unruly{
		"ignores the window": {hear: func(m *backendpb.HostMessage) *backendpb.HostMessage {
			if hello := m.GetHello(); hello != nil {
				hello.WindowEntries, hello.WindowBytes = 0, 0 // the default is larger
			}
			return m
		}},
		"doesn't hear pings": {hear: func(m *backendpb.HostMessage) *backendpb.HostMessage {
			if m.GetPing() != nil {
				return nil
			}
			return m
		}},
		"counts from nought": {say: func(m *backendpb.PluginMessage) *backendpb.PluginMessage {
			if c := m.GetCommitted(); c != nil {
				c.Position--
			}
			return m
		}},
		"says no status": {say: func(m *backendpb.PluginMessage) *backendpb.PluginMessage {
			if m.GetStatus() != nil {
				return nil
			}
			return m
		}},
		"is endlessly patient": {hear: func(m *backendpb.HostMessage) *backendpb.HostMessage {
			if hello := m.GetHello(); hello != nil {
				hello.ApplyStallMs = 0
			}
			return m
		}},
		"takes anything for Hello": {hear: func(m *backendpb.HostMessage) *backendpb.HostMessage {
			if m.GetPing() != nil {
				return &backendpb.HostMessage{Message: &backendpb.HostMessage_Hello{Hello: &backendpb.Hello{}}}
			}
			return m
		}},
		"outlives its session": {stay: true},
		"ends in mid-session":  {open: func() { time.AfterFunc(500*time.Millisecond, func() { os.Exit(0) }) }},
	} {
		children[name] = u.serve
	}
}
