package plugin

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// The protocol's version. A new major is a new proto package; a new minor adds
// what the other end may ignore (R14).
const (
	ProtocolMajor = 1
	ProtocolMinor = 0
)

// Name is what a plugin is dispensed by, DeathFDEnv the environment variable
// with the number of an inherited file descriptor: at its end of file the host
// is dead, and the plugin exits.
const (
	Name       = "backend"
	DeathFDEnv = "METALOG_DEATH_FD"
)

const (
	maxMessage    = 8 << 20   // of a gRPC message, both ways
	batchBytes    = 1 << 20   // entries of one message, unless one alone is larger
	chunkBytes    = 256 << 10 // a piece of a snapshot
	streamWindow  = 8 << 20   // what gRPC lets one stream have on the way
	connWindow    = 16 << 20
	socketBuffer  = 128 << 10
	openSnapshots = 16 // not yet released, in one session
)

// Handshake tells a plugin that it was started by a host. It keeps people from
// running one by mistake and protects nothing.
var Handshake = goplugin.HandshakeConfig{
	MagicCookieKey:   "METALOG_BACKEND_PLUGIN",
	MagicCookieValue: "c1a5e0f2-metalog-backend",
}

// VersionedPlugins is what a host gives to go-plugin. Dispensing Name returns
// the *grpc.ClientConn that NewProxy takes.
func VersionedPlugins() map[int]goplugin.PluginSet { return pluginSets(nil) }

// DialOptions are what a host dials a plugin with.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage),
			grpc.ForceCodecV2(newCodec())),
		grpc.WithInitialWindowSize(streamWindow),
		grpc.WithInitialConnWindowSize(connWindow),
		grpc.WithReadBufferSize(socketBuffer),
		grpc.WithWriteBufferSize(socketBuffer),
	}
}

// ServerOptions are what a plugin serves with.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxSendMsgSize(maxMessage),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connWindow),
		grpc.ReadBufferSize(socketBuffer),
		grpc.WriteBufferSize(socketBuffer),
	}
}

func pluginSets(e *Engine) map[int]goplugin.PluginSet {
	return map[int]goplugin.PluginSet{ProtocolMajor: {Name: wall{engine: e}}}
}

// wall is the backend service as go-plugin wants it: an engine on the plugin's
// side, a connection on the host's.
type wall struct {
	goplugin.NetRPCUnsupportedPlugin
	engine *Engine
}

func (w wall) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	backendpb.RegisterBackendServer(s, w.engine)
	return nil
}

func (w wall) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, cc *grpc.ClientConn) (any, error) {
	return cc, nil
}
