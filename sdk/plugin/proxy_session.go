package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// stopGrace is how long a session that the host ends may take to end.
const stopGrace = time.Second

var errOrderly = errors.New("closed by the host")

// hostStream is the session's stream with a lock around Send. What the host
// sends there is small and bounded by the window, so Send doesn't wait.
type hostStream struct {
	grpc.BidiStreamingClient[backendpb.HostMessage, backendpb.PluginMessage]
	sending sync.Mutex
}

func (h *hostStream) send(m *backendpb.HostMessage) error {
	h.sending.Lock()
	defer h.sending.Unlock()
	return h.Send(m)
}

func (p *Proxy) tell(m *backendpb.HostMessage) error {
	if err := p.session.send(m); err != nil {
		return transportError(err)
	}
	return nil
}

// begin starts the session and waits for the plugin's first message.
func (p *Proxy) begin(ctx context.Context, sm sdk.StateMachine) error {
	p.mu.Lock()
	begun := p.begun
	p.begun = true
	p.mu.Unlock()
	if begun {
		return refused("this plugin already had its session: one process, one session")
	}
	if err := p.connect(); err != nil {
		p.over(err)
		return err
	}
	p.running.Add(1) // the greeting starts goroutines, too
	go p.live(sm)
	err := p.greeting(ctx)
	p.running.Done()
	if err != nil {
		p.end(err)
		<-p.done
		return p.because(err)
	}
	return nil
}

func (p *Proxy) connect() error {
	stream, err := p.client.Session(p.streams)
	if err != nil {
		return transportError(err)
	}
	p.session = &hostStream{BidiStreamingClient: stream}
	err = p.session.send(&backendpb.HostMessage{Message: &backendpb.HostMessage_Hello{Hello: p.limits.hello()}})
	if err != nil && !errors.Is(err, io.EOF) { // at EOF the reader learns why
		return transportError(err)
	}
	return nil
}

func (p *Proxy) greeting(ctx context.Context) error {
	select {
	case <-p.greeted:
	case <-p.ctx.Done():
		return p.because(nil)
	case <-ctx.Done():
		return &sdk.Error{Reason: sdk.ReasonTimeout, Message: "the plugin did not begin the session", Err: ctx.Err()}
	}
	stream, err := p.client.Propose(p.streams)
	if err != nil {
		return transportError(err)
	}
	p.proposals.open()
	p.running.Go(func() {
		err := p.proposals.serve(stream)
		select { // the session knows better why it ended
		case <-p.ctx.Done():
		case <-time.After(stopGrace):
			p.end(err)
		}
	})
	return nil
}

// live owns the session's goroutines from its first message to its last.
func (p *Proxy) live(sm sdk.StateMachine) {
	ended := make(chan struct{})
	p.running.Go(func() { defer close(ended); p.end(p.read(sm)) })
	p.running.Go(func() { p.end(p.apply(sm)) })
	p.running.Go(func() { p.end(p.beat()) })
	<-p.ctx.Done()
	cause := context.Cause(p.ctx)
	p.proposals.end(p.because(nil))
	p.stop(cause, ended)
	p.endStreams()
	p.running.Wait()
	p.over(cause)
}

// stop tells the plugin why, and lets it end the session by itself for a moment.
func (p *Proxy) stop(cause error, ended <-chan struct{}) {
	grace := time.AfterFunc(stopGrace, p.endStreams)
	defer grace.Stop()
	if !errors.Is(cause, errOrderly) {
		// The session may be broken already; then there is nobody to tell.
		_ = p.session.send(&backendpb.HostMessage{Message: &backendpb.HostMessage_Stop{Stop: &backendpb.Stop{Reason: text(cause.Error())}}})
	}
	p.session.sending.Lock()
	_ = p.session.CloseSend() // never fails
	p.session.sending.Unlock()
	<-ended
}

// over makes the end known.
func (p *Proxy) over(cause error) {
	p.end(cause)
	p.endStreams()
	p.mu.Lock()
	if !errors.Is(cause, errOrderly) {
		p.err = cause
	}
	p.mu.Unlock()
	p.proposals.end(p.because(nil))
	close(p.done)
}

// read takes every message as it comes and never waits for apply, so that a
// pong is never stuck behind work (R10).
func (p *Proxy) read(sm sdk.StateMachine) error {
	greeted := false
	for {
		m, err := p.session.Recv()
		if errors.Is(err, io.EOF) {
			return &sdk.Error{Reason: sdk.ReasonClosed, Message: "the plugin ended the session"}
		}
		if err != nil {
			return transportError(err)
		}
		if !greeted {
			if m.GetStatus() == nil {
				return protocolError("status: the first message is a status")
			}
			greeted = true
			close(p.greeted)
		}
		if err := p.accept(m, sm); err != nil {
			return err
		}
	}
}

func (p *Proxy) accept(m *backendpb.PluginMessage, sm sdk.StateMachine) error {
	switch m := m.GetMessage().(type) {
	case *backendpb.PluginMessage_Status:
		if n := m.Status.GetSequence(); n > 0 {
			sm.SetStatus(statusFromPB(m.Status))
			p.statuses.advance(n)
		}
	case *backendpb.PluginMessage_Pong:
		p.pong.Store(m.Pong.GetId())
	case *backendpb.PluginMessage_Committed, *backendpb.PluginMessage_SnapshotNeeded, *backendpb.PluginMessage_RestoreNeeded:
		return p.inbox.put(m)
	}
	return nil
}

// beat asks for a sign of life four times in each timeout. It counts what went
// unanswered rather than time, so that a host which was itself stopped for a
// while blames nobody.
func (p *Proxy) beat() error {
	const attempts = 4
	tick := time.NewTicker(p.heartbeat / attempts)
	defer tick.Stop()
	for id := uint64(1); ; id++ {
		ping := &backendpb.HostMessage{Message: &backendpb.HostMessage_Ping{Ping: &backendpb.Ping{Id: id}}}
		if err := p.session.send(ping); err != nil && !errors.Is(err, io.EOF) {
			return transportError(err)
		}
		select {
		case <-tick.C:
		case <-p.ctx.Done():
			return nil
		}
		if id-p.pong.Load() >= attempts {
			return &sdk.Error{Reason: sdk.ReasonClosed, Message: fmt.Sprintf("the plugin hangs: no answer to a ping for %v", p.heartbeat)}
		}
	}
}

func protocolError(promise string) error {
	return &sdk.Error{Reason: sdk.ReasonIncompatible, Message: "the plugin broke the protocol: " + promise}
}
