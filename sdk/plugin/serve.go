package plugin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"golang.org/x/sys/unix"
)

const (
	sessionWait = 30 * time.Second      // for the host to begin the session
	wordsWait   = time.Second           // for the session's stream to take why it ended
	lastWords   = 50 * time.Millisecond // for the transport to carry that
)

// Serve is a plugin's main. Started by a host it serves one session and exits;
// run by hand it answers describe, validate and --debug, or says what it is.
// It doesn't return.
func Serve(spec Spec) {
	if os.Getenv(Handshake.MagicCookieKey) != Handshake.MagicCookieValue {
		c := command{spec: spec, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
		os.Exit(c.run(os.Args[1:]))
	}
	os.Exit(serveHost(spec))
}

// serveHost is the life of a plugin process: until the session is over, the
// host is dead, or no session has begun.
func serveHost(spec Spec) int {
	out := &lineWriter{w: os.Stderr}
	log := newLogger(out)
	dead, err := hostDeath()
	if err == nil {
		err = startServing(spec, log, out, dead)
	}
	if err != nil {
		log.Error("the plugin ends", "error", err)
		return 1
	}
	return 0
}

func startServing(spec Spec, log *slog.Logger, out *lineWriter, dead <-chan struct{}) error {
	streams, err := redirect()
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT)
	engine := NewEngine(guarded(spec), log)
	engine.onBegin = streams.release
	served := make(chan struct{})
	go func() {
		defer close(served)
		goplugin.Serve(&goplugin.ServeConfig{
			HandshakeConfig:  Handshake,
			VersionedPlugins: pluginSets(engine),
			GRPCServer:       newServer,
			Logger:           launchLogger(out),
		})
	}()
	return life{engine: engine, served: served, dead: dead, signals: signals}.wait()
}

func newServer(opts []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(opts, ServerOptions()...)...)
}

// life is what a plugin process waits for.
type life struct {
	engine  *Engine
	served  <-chan struct{} // the host has shut the server down
	dead    <-chan struct{}
	signals <-chan os.Signal
}

// wait returns when the process must end: without another word to the backend,
// since the successor may already have the directory (R13).
func (l life) wait() error {
	idle := time.NewTimer(sessionWait)
	defer idle.Stop()
	select {
	case <-l.engine.started:
	case <-idle.C:
		return fmt.Errorf("no host has begun a session within %v", sessionWait)
	case s := <-l.signals:
		if !l.engine.begun() {
			return fmt.Errorf("%v before a session began", s)
		}
	case <-l.served:
		return nil
	case <-l.dead:
		return nil
	}
	for {
		select {
		case <-l.engine.over():
			return l.engine.lastWords()
		case <-l.dead:
			return nil
		case <-l.signals: // the host, who got it too, decides when to close
		}
	}
}

func (e *Engine) begun() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.session != nil
}

// over is closed when the session has ended, said or not.
func (e *Engine) over() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.session.ctx.Done()
}

// lastWords lets the host hear why the session ended, if that isn't its own
// doing, and returns it; nil, if the host wanted it so, however its stream broke
// off then.
func (e *Engine) lastWords() error {
	cause := context.Cause(e.session.ctx)
	var host hostEndedError
	if errors.As(cause, &host) {
		if errors.Is(cause, errSessionOver) || e.replica.closing() {
			return nil
		}
		return cause
	}
	select {
	case <-e.done:
	case <-time.After(wordsWait):
	}
	time.Sleep(lastWords)
	return cause
}
