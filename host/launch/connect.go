package launch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// connect starts proc and returns a connection to it. After an error the
// process is over. go-plugin makes the certificates and reads the handshake;
// its Client and Kill aren't used: they wait without a deadline and leave
// connections behind when a plugin dies at the wrong moment.
func (p Plugin) connect(ctx context.Context, proc *process) (*grpc.ClientConn, error) {
	launched := false
	config := &goplugin.ClientConfig{
		HandshakeConfig:  plugin.Handshake,
		VersionedPlugins: plugin.VersionedPlugins(),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
			launched = true
			// The shorter the path of the socket, the better: not in a directory of go-plugin's.
			proc.env = slices.Concat(environment(p.Env), cmd.Env,
				[]string{goplugin.EnvUnixSocketDir + "=" + proc.room.dir})
			return proc, nil
		},
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: proc.room.dir},
		SkipHostEnv:      true,
		AutoMTLS:         !p.MTLSOff,
		StartTimeout:     time.Hour, // ctx ends sooner
		Logger:           hclog.NewNullLogger(),
	}
	stop := context.AfterFunc(ctx, proc.kill)
	addr, err := goplugin.NewClient(config).Start()
	stop()
	if !launched {
		proc.abandon()
	}
	if err == nil {
		var conn *grpc.ClientConn
		if conn, err = dial(addr, config); err == nil {
			return conn, nil
		}
	}
	proc.kill()
	proc.within(killWait)
	return nil, p.failed(ctx, proc, err)
}

func dial(addr net.Addr, config *goplugin.ClientConfig) (*grpc.ClientConn, error) {
	creds := insecure.NewCredentials()
	if config.TLSConfig != nil {
		creds = credentials.NewTLS(config.TLSConfig)
	}
	return grpc.NewClient("passthrough:///plugin", append(plugin.DialOptions(),
		grpc.WithTransportCredentials(creds),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, addr.Network(), addr.String())
		}),
		grpc.WithIdleTimeout(0), // the connection is the plugin's life
	)...)
}

// failed explains why the plugin didn't come up.
func (p Plugin) failed(ctx context.Context, proc *process, err error) error {
	ours := slices.Collect(maps.Keys(plugin.VersionedPlugins()))
	hello := proc.handshake()
	switch {
	case errors.Is(proc.startErr, syscall.ENOEXEC):
		return p.startError(sdk.ReasonIncompatible,
			"it isn't a program for this machine; build it for this operating system and processor", nil)
	case proc.startErr != nil && ctx.Err() == nil:
		return p.startError(sdk.ReasonInternal, "it could not be started", proc.startErr)
	case hello != nil && hello.check(p.name(), ours) != nil:
		return hello.check(p.name(), ours)
	case hello != nil && ctx.Err() == nil:
		return p.startError(sdk.ReasonIncompatible, "it answers, but not as a plugin of this host", err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return p.startError(sdk.ReasonTimeout, "it didn't say where it listens in time and was killed; is it a Metalog plugin?"+printed(proc), nil)
	case ctx.Err() != nil:
		return p.startError(sdk.ReasonClosed, "the start was given up", context.Cause(ctx))
	case proc.ended() != "":
		return p.startError(sdk.ReasonInternal, fmt.Sprintf(
			"it ended (%s) before it said where it listens; is it a Metalog plugin?%s", proc.ended(), printed(proc)), nil)
	}
	return p.startError(sdk.ReasonInternal, "it could not be started", err)
}

// mute ends a plugin that is connected but didn't say what it is, and explains.
func (p Plugin) mute(ctx context.Context, proc *process, conn *grpc.ClientConn, err error) error {
	died := proc.within(breakWait)
	proc.end(conn, lostWait)
	switch {
	case sdk.Terminal(err):
		return fmt.Errorf("plugin %s: %w", p.name(), err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return p.startError(sdk.ReasonTimeout, "it didn't say what it is in time and was killed."+printed(proc), nil)
	case ctx.Err() != nil:
		return p.startError(sdk.ReasonClosed, "the start was given up", context.Cause(ctx))
	case died:
		return p.startError(sdk.ReasonInternal, fmt.Sprintf(
			"it ended (%s) before it said what it is.%s", proc.ended(), printed(proc)), nil)
	case !p.MTLSOff:
		return p.startError(sdk.ReasonInternal, "it can't be asked what it is; one that isn't written in Go may need mtls: off", err)
	}
	return p.startError(sdk.ReasonInternal, "it can't be asked what it is", err)
}

func (p Plugin) startError(reason sdk.Reason, why string, err error) error {
	return &sdk.Error{
		Reason: reason, Outcome: sdk.NotAppended, Err: err,
		Message: fmt.Sprintf("plugin %s: %s", p.name(), why),
	}
}

// printed quotes the process's last lines, for the end of a message.
func printed(proc *process) string {
	tail := proc.out.tail()
	if tail == "" {
		return " It printed nothing"
	}
	if !strings.Contains(tail, "\n") {
		return " It printed: " + tail
	}
	return " Its last lines:\n" + tail
}
