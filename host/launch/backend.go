package launch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// The parts of a stop; together they stay below 15 s.
const (
	closeWait  = 10 * time.Second       // for the Close call
	exitWait   = 3 * time.Second        // for the process to end after it
	lostWait   = time.Second            // for it to end once its session has, unasked
	stacksWait = time.Second            // for it to print its goroutines
	killWait   = time.Second            // for SIGKILL
	breakWait  = 500 * time.Millisecond // for the session to see that the process is gone, or the reverse
)

// backend is one running plugin: the proxy to it and its process. One
// goroutine, watch, sees the first of the two end and ends the other.
type backend struct {
	*plugin.Proxy
	name     string
	proc     *process
	conn     *grpc.ClientConn
	adoptLog bool // no logger was configured: use Open's

	closing chan struct{} // Close has begun
	given   chan bool     // Close's call was given up; true: its time was up
	done    chan struct{}

	once sync.Once
	err  error // why it ended; set before done
}

var (
	_ sdk.Backend  = (*backend)(nil)
	_ sdk.Informer = (*backend)(nil)
	_ sdk.Lifetime = (*backend)(nil)
)

func newBackend(name string, proc *process, conn *grpc.ClientConn, proxy *plugin.Proxy, adoptLog bool) *backend {
	b := &backend{
		Proxy: proxy, name: name, proc: proc, conn: conn, adoptLog: adoptLog,
		closing: make(chan struct{}), given: make(chan bool, 1), done: make(chan struct{}),
	}
	go b.watch()
	return b
}

// Info says which process and which file it is, beside what the plugin says.
func (b *backend) Info() sdk.Info {
	info := b.Proxy.Info()
	info.PID, info.SHA256 = b.proc.pid(), b.proc.exe.sha256
	return info
}

// Open opens the backend. The plugin runs in another directory, so a relative
// data directory is made absolute here.
func (b *backend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	cfg, err := b.prepare(cfg)
	if err != nil {
		return err
	}
	return b.orEnd(b.Proxy.Open(ctx, cfg, sm))
}

// Inspect reads a stopped directory, which may be relative, as with Open.
func (b *backend) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	cfg, err := b.prepare(cfg)
	if err != nil {
		return err
	}
	return b.orEnd(b.Proxy.Inspect(ctx, cfg, sm))
}

func (b *backend) prepare(cfg sdk.Config) (sdk.Config, error) {
	if b.adoptLog && cfg.Logger != nil {
		b.proc.out.to(cfg.Logger)
	}
	if cfg.DataDir == "" {
		return cfg, nil
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return cfg, &sdk.Error{Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: "data_dir", Err: err}
	}
	cfg.DataDir = dir
	return cfg, nil
}

// Close asks the backend to close, then sees the process end, by force if need
// be. It returns when nothing of it is left, 15 s at most, whatever ctx says.
// After a plugin that ended by itself there is nothing to close: Err says why.
func (b *backend) Close(ctx context.Context) error {
	var err error
	b.once.Do(func() {
		close(b.closing)
		if !b.isDone() {
			err = b.callClose(ctx)
		}
	})
	<-b.done
	return err
}

func (b *backend) callClose(ctx context.Context) error {
	answer := make(chan error, 1)
	go func() { answer <- b.Proxy.Close(context.WithoutCancel(ctx)) }()
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done(): // a host's deadline may be the same moment
		b.given <- errors.Is(ctx.Err(), context.DeadlineExceeded)
	case <-timer.C:
		b.given <- true
	}
	err := <-answer // the process, and with it the connection, ends now
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return &sdk.Error{
		Reason: sdk.ReasonTimeout, Err: err,
		Message: fmt.Sprintf("plugin %s didn't close in time and was ended", b.name),
	}
}

// Done is closed when the process is gone and everything it held is free.
func (b *backend) Done() <-chan struct{} { return b.done }

// Err says how the plugin ended; nil before Done and after an orderly Close.
func (b *backend) Err() error {
	if !b.isDone() {
		return nil
	}
	return b.err
}

func (b *backend) isDone() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}
