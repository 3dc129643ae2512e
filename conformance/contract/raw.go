package contract

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// endBound is how long a process may outlive its session (R13).
const endBound = 5 * time.Second

// rawHost is a host that speaks the wire by itself: it can do what ours never
// does, and sees what ours hides. One goroutine uses it; what it hears, on
// goroutines that end with it, is in heard.
type rawHost struct {
	*launch.Connection
	*heard

	stage     *trial.Stage
	client    backendpb.BackendClient
	ctx       context.Context // of its streams
	cancel    context.CancelFunc
	session   grpc.BidiStreamingClient[backendpb.HostMessage, backendpb.PluginMessage]
	proposals grpc.BidiStreamingClient[backendpb.ProposeRequest, backendpb.ProposeReply]
	pings     uint64
}

// plugged is how the target's plugin is started.
func plugged(s *trial.Stage) (launch.Plugin, error) {
	t, ok := s.Target.(trial.BinaryTarget)
	if !ok {
		return launch.Plugin{}, trial.Harness(fmt.Errorf("%s offers a process and isn't a trial.BinaryTarget", s.Target.Name()))
	}
	p := t.Plugin()
	p.Logger = s.Logs.Logger()
	return p, nil
}

// connectRaw starts the plugin and asks what it is, as any host does first. The
// caller defers leave.
func connectRaw(ctx context.Context, s *trial.Stage) (*rawHost, error) {
	p, err := plugged(s)
	if err != nil {
		return nil, err
	}
	return connectPlugin(ctx, s, p)
}

func connectPlugin(ctx context.Context, s *trial.Stage, p launch.Plugin) (*rawHost, error) {
	within, cancel := s.Within(ctx)
	defer cancel()
	c, err := p.Connect(within)
	if err != nil {
		return nil, fmt.Errorf("starting the plugin: %w", err)
	}
	h := &rawHost{Connection: c, client: backendpb.NewBackendClient(c.Conn()), heard: newHeard(), stage: s}
	h.ctx, h.cancel = context.WithCancel(ctx)
	if _, err := h.client.Info(within, &backendpb.InfoRequest{}); err != nil {
		h.leave()
		return nil, fmt.Errorf("asking the plugin what it is: %w", err)
	}
	return h, nil
}

// openRaw is a raw host with node n1 open. change is for its limits.
func openRaw(ctx context.Context, s *trial.Stage, change func(*backendpb.Hello)) (*rawHost, error) {
	h, err := connectRaw(ctx, s)
	if err != nil {
		return nil, err
	}
	if err = h.begin(ctx, change); err == nil {
		err = h.open(ctx)
	}
	if err != nil {
		h.leave()
		return nil, err
	}
	return h, nil
}

// leave ends the process, and waits for the end of what listens to it.
func (h *rawHost) leave() {
	h.cancel()
	h.Close()
	h.listening.Wait()
}

// begin begins the session and waits for its first message.
func (h *rawHost) begin(ctx context.Context, change func(*backendpb.Hello)) error {
	hello := &backendpb.Hello{
		ProtocolMinor: plugin.ProtocolMinor, WindowEntries: 4096, WindowBytes: 16 << 20,
		ApplyStallMs: time.Minute.Milliseconds(), MaxProposals: 1024,
	}
	change(hello)
	if err := h.stream(); err != nil {
		return err
	}
	h.limit(hello)
	if err := h.say(&backendpb.HostMessage{Message: &backendpb.HostMessage_Hello{Hello: hello}}); err != nil {
		return err
	}
	return h.await(ctx, "the session's first message", func() bool { return h.messages > 0 })
}

// stream opens the session's stream and listens to it.
func (h *rawHost) stream() (err error) {
	if h.session, err = h.client.Session(h.ctx); err != nil {
		return fmt.Errorf("beginning a session: %w", err)
	}
	h.listening.Go(func() { h.listen(h.session) })
	return nil
}

func (h *rawHost) say(m *backendpb.HostMessage) error {
	if err := h.session.Send(m); err != nil {
		return fmt.Errorf("the session ended when the host spoke: %w", errors.Join(err, h.sessionEnd()))
	}
	return nil
}

// open opens node n1, which must work.
func (h *rawHost) open(ctx context.Context) error {
	r, err := h.askOpen(ctx)
	if err == nil {
		err = failed(r.GetFailure())
	}
	if err != nil {
		return fmt.Errorf("opening node n1: %w", err)
	}
	if err := h.openProposals(); err != nil {
		return err
	}
	return h.elected(ctx)
}

// elected is Stage.Elected for a raw host.
func (h *rawHost) elected(ctx context.Context) error {
	if !h.stage.Info.Claims.Has(sdk.Replicated) {
		return nil
	}
	return h.await(ctx, "a status that it can propose", func() bool { return h.status.GetCanPropose() })
}

func (h *rawHost) askOpen(ctx context.Context) (*backendpb.OpenResponse, error) {
	ctx, cancel := h.stage.Within(ctx)
	defer cancel()
	return h.client.Open(ctx, openRequest(h.stage.World.Config("n1")))
}

func openRequest(c sdk.Config) *backendpb.OpenRequest {
	r := &backendpb.OpenRequest{
		ClusterId: c.ClusterID, NodeId: c.NodeID, DataDir: c.DataDir,
		Start: backendpb.Start(c.Start), Options: c.Options, Applied: c.Applied,
		Address: c.Address, Listen: c.Listen,
	}
	for _, p := range c.Peers {
		r.Peers = append(r.Peers, &backendpb.Peer{Node: p.NodeID, Address: p.Address})
	}
	return r
}

// applied gives window back, up to a position.
func (h *rawHost) applied(position uint64) error {
	h.release(position) // before the plugin can know
	return h.say(&backendpb.HostMessage{Message: &backendpb.HostMessage_Applied{Applied: &backendpb.Applied{Position: position}}})
}

// ping asks for a sign of life and waits for it.
func (h *rawHost) ping(ctx context.Context) error {
	h.pings++
	if err := h.say(&backendpb.HostMessage{Message: &backendpb.HostMessage_Ping{Ping: &backendpb.Ping{Id: h.pings}}}); err != nil {
		return err
	}
	return h.await(ctx, fmt.Sprintf("the answer to ping %d", h.pings), func() bool { return h.pong >= h.pings })
}

// askClose asks the backend to close, within the stage's patience.
func (h *rawHost) askClose(ctx context.Context) error {
	ctx, cancel := h.stage.Within(ctx)
	defer cancel()
	r, err := h.client.Close(ctx, &backendpb.CloseRequest{})
	if err == nil {
		err = failed(r.GetFailure())
	}
	if err != nil {
		return fmt.Errorf("the Close call (R12): %w", err)
	}
	return nil
}

// awaitGone waits for the end of the process, which whatever has just been done
// must bring about.
func (h *rawHost) awaitGone(ctx context.Context, after string) error {
	bound := time.NewTimer(endBound)
	defer bound.Stop()
	select {
	case <-h.Done():
		return nil
	case <-bound.C:
		return fmt.Errorf("process %d is still there %v after %s (R13)", h.PID(), endBound, after)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// failed is a failure of the wire as an error; nil for none.
func failed(f *backendpb.Failure) error {
	if f == nil {
		return nil
	}
	return fmt.Errorf("%s %s %s: %s", f.GetReason(), f.GetOutcome(), f.GetField(), f.GetMessage())
}
