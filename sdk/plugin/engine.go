package plugin

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// Engine is the plugin's end of the wall: a gRPC service around one backend,
// for one session. Serve makes one a process; a test may serve one over any
// connection.
type Engine struct {
	backendpb.UnimplementedBackendServer

	spec    Spec
	log     *slog.Logger
	replica *replica
	started chan struct{} // closed when the session has begun
	done    chan struct{} // closed when it has ended and has said why
	onBegin func()        // called before anything of the author's runs

	mu      sync.Mutex
	session *session
	err     error
}

// NewEngine makes an engine. Backends log to log.
func NewEngine(spec Spec, log *slog.Logger) *Engine {
	return &Engine{
		spec: spec, log: log, replica: newReplica(spec),
		started: make(chan struct{}), done: make(chan struct{}), onBegin: func() {},
	}
}

// Register adds the engine's service to a server made with ServerOptions.
func (e *Engine) Register(s grpc.ServiceRegistrar) { backendpb.RegisterBackendServer(s, e) }

// Done is closed when the session is over. Nothing the backend does after that
// counts: its process ends (R13).
func (e *Engine) Done() <-chan struct{} { return e.done }

// Err says why the session ended; nil before that and when the host wanted it.
func (e *Engine) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// Info has no side effect.
func (e *Engine) Info(context.Context, *backendpb.InfoRequest) (*backendpb.InfoResponse, error) {
	return infoToPB(e.spec.info()), nil
}

// Session runs the one session of this process.
func (e *Engine) Session(stream grpc.BidiStreamingServer[backendpb.HostMessage, backendpb.PluginMessage]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if first.GetHello() == nil {
		return statusOf(&sdk.Error{Reason: sdk.ReasonIncompatible, Message: "a session begins with Hello"})
	}
	s := newSession(limitsOf(first.GetHello()), e.log)
	if err := e.begin(s); err != nil {
		return statusOf(err)
	}
	if err := stream.Send(greeting()); err != nil {
		s.end(hostEndedError{err})
	}
	err = s.run(stream)
	e.finish(err)
	return statusOf(err)
}

// greeting is the session's first message: the process is there, the backend
// isn't open yet.
func greeting() *backendpb.PluginMessage {
	return &backendpb.PluginMessage{Message: &backendpb.PluginMessage_Status{
		Status: &backendpb.Status{Health: backendpb.Health_HEALTH_OK},
	}}
}

func (e *Engine) begin(s *session) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.session != nil {
		s.end(errSessionOver)
		return &sdk.Error{Reason: sdk.ReasonIncompatible, Message: "this process already had its session"}
	}
	e.session = s
	e.onBegin()
	close(e.started)
	return nil
}

func (e *Engine) finish(err error) {
	e.mu.Lock()
	e.err = err
	e.mu.Unlock()
	close(e.done)
}

// live returns the session, or why there is none.
func (e *Engine) live() (*session, error) {
	e.mu.Lock()
	s := e.session
	e.mu.Unlock()
	if s == nil {
		return nil, &sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended, Message: "no session has begun"}
	}
	if s.ctx.Err() != nil {
		return nil, &sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended, Message: "the session is over"}
	}
	return s, nil
}

// protect turns a panic in the author's code into an error and the end of the
// process. To be deferred.
func (s *session) protect(doing string, err *error) {
	r := recover()
	if r == nil {
		return
	}
	s.log.Error("the backend panicked", "in", doing, "panic", fmt.Sprint(r), "stack", stack())
	*err = &sdk.Error{Reason: sdk.ReasonInternal, Message: fmt.Sprintf("the backend panicked in %s: %v", doing, r)}
	s.end(*err)
}

// PutSnapshot brings the bytes of a snapshot the backend has asked for.
func (e *Engine) PutSnapshot(stream putSnapshotStream) error {
	s, err := e.live()
	if err != nil {
		return statusOf(err)
	}
	return s.putSnapshot(stream)
}

// GetSnapshot fetches the bytes of a state the backend wants restored.
func (e *Engine) GetSnapshot(req *backendpb.GetSnapshotRequest, stream getSnapshotStream) error {
	s, err := e.live()
	if err != nil {
		return statusOf(err)
	}
	return s.getSnapshot(req.GetId(), stream)
}
