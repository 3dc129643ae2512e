package launch

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

const defaultStartTimeout = 30 * time.Second

// Plugin says which executable to run and how. It holds no state: each Open
// and Describe starts a process of its own, from the file as it is then.
type Plugin struct {
	Name   string   // for people, in logs and errors; empty: the file's name
	Path   string   // of the executable; a relative one is the host's
	Args   []string // after the program's name
	SHA256 string   // in hex; what the file must be. Empty: not checked
	Env    []string // NAME=value, beside the few variables that every plugin gets

	RunDir  string // for sockets; empty: metalog-UID in the directory for temporary files
	MTLSOff bool   // for plugins that can't do what Go's can; the socket's directory is private anyway

	StartTimeout     time.Duration // until the plugin has said what it is; 0: 30 s
	HeartbeatTimeout time.Duration // without an answer it hangs; 0: 10 s
	Logger           *slog.Logger  // for what the plugin prints; nil: sdk.Config.Logger, from Open on
}

// Open starts the plugin and asks what it is. Neither the data directory nor
// the network is touched before the Open of what it returns.
//
// The returned backend is an sdk.Lifetime and an sdk.Informer, and has every
// ability's methods: ask with sdk.As. Its Done is closed when the process is
// gone and what it held is free again; Close takes at most 15 s.
//
// An error is an *sdk.Error and leaves nothing behind. It ends with the
// plugin's last lines if it had any, and is terminal when the file isn't what
// it should be. A ctx that ends early gives up the start, nothing else.
func (p Plugin) Open(ctx context.Context) (sdk.Backend, error) {
	ctx, cancel := context.WithTimeout(ctx, p.startTimeout())
	defer cancel()
	c, err := p.Connect(ctx)
	if err != nil {
		return nil, err
	}
	proxy, err := plugin.NewProxy(ctx, c.conn, plugin.ProxyConfig{
		HeartbeatTimeout: p.HeartbeatTimeout, Logger: p.Logger,
	})
	if err != nil {
		return nil, p.mute(ctx, c.proc, c.conn, err)
	}
	return newBackend(p.name(), c.proc, c.conn, proxy, p.Logger == nil), nil
}

// Describe starts the plugin, asks what it is, and ends it.
func (p Plugin) Describe(ctx context.Context) (sdk.Info, error) {
	b, err := p.Open(ctx)
	if err != nil {
		return sdk.Info{}, err
	}
	info := b.(sdk.Informer).Info()
	return info, b.Close(ctx)
}

func (p Plugin) start(ctx context.Context) (*process, *grpc.ClientConn, error) {
	exe, err := verify(p.Path, p.SHA256)
	if err != nil {
		return nil, nil, err
	}
	r, err := newRoom(p.RunDir)
	if err != nil {
		_ = exe.file.Close()
		return nil, nil, err
	}
	out := newOutput(p.Logger, slog.String("plugin", p.name()))
	if p.SHA256 != "" && !exe.pinned {
		out.logger().Warn("the checksum is right, but the file is started by its path: it could be replaced in between", "path", exe.path)
	}
	proc := newProcess(exe, p.Args, r, out)
	conn, err := p.connect(ctx, proc)
	if err != nil {
		return nil, nil, err
	}
	return proc, conn, nil
}

func (p Plugin) name() string {
	if p.Name != "" {
		return p.Name
	}
	return filepath.Base(p.Path)
}

func (p Plugin) startTimeout() time.Duration {
	if p.StartTimeout > 0 {
		return p.StartTimeout
	}
	return defaultStartTimeout
}
