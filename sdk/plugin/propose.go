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

type proposeStream = grpc.BidiStreamingServer[backendpb.ProposeRequest, backendpb.ProposeReply]

// Propose runs every proposal of the session in its own goroutine, so many at
// once as the host allows itself.
func (e *Engine) Propose(stream proposeStream) error {
	s, err := e.live()
	if err != nil {
		return statusOf(err)
	}
	ctx, cancel := context.WithCancel(stream.Context())
	stop := context.AfterFunc(s.ctx, cancel)
	defer stop()
	p := &proposer{
		engine: e, session: s, stream: stream, ctx: ctx,
		slots: make(chan struct{}, s.limits.proposals), cancels: make(map[uint64]context.CancelFunc),
	}
	err = p.receive()
	cancel()
	p.running.Wait()
	return err
}

// proposer is the plugin's end of the Propose stream.
type proposer struct {
	engine  *Engine
	session *session
	stream  proposeStream
	ctx     context.Context
	slots   chan struct{} // taken by each backend.Propose under way (R9)
	running sync.WaitGroup

	sending sync.Mutex // of replies

	mu      sync.Mutex
	cancels map[uint64]context.CancelFunc
}

func (p *proposer) receive() error {
	for {
		req, err := p.stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if req.GetCancel() {
			p.cancel(req.GetId())
			continue
		}
		p.accept(req)
	}
}

// accept starts a proposal or refuses it before the backend has seen it.
func (p *proposer) accept(req *backendpb.ProposeRequest) {
	b, err := p.engine.replica.ready()
	if err == nil {
		err = p.admit(len(req.GetData()))
	}
	if err != nil {
		p.reply(req.GetId(), err)
		return
	}
	ctx, cancel := p.context(req)
	p.running.Go(func() {
		err := p.propose(ctx, b, req.GetData())
		cancel()
		<-p.slots
		p.forget(req.GetId())
		p.reply(req.GetId(), err)
	})
}

func (p *proposer) admit(size int) error {
	if size > sdk.MaxEntrySize {
		return tooLarge(size)
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
		return overloaded(cap(p.slots))
	}
}

func tooLarge(size int) error {
	return &sdk.Error{
		Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended,
		Message: fmt.Sprintf("the entry has %d bytes, an entry has at most %d", size, sdk.MaxEntrySize),
	}
}

func overloaded(limit int) error {
	return &sdk.Error{
		Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended,
		Message: fmt.Sprintf("%d proposals are under way: try again later", limit), RetryAfter: 50 * time.Millisecond,
	}
}

func (p *proposer) context(req *backendpb.ProposeRequest) (context.Context, context.CancelFunc) {
	var ctx context.Context
	var cancel context.CancelFunc
	if ms := req.GetTimeoutMs(); ms > 0 {
		ctx, cancel = context.WithTimeout(p.ctx, time.Duration(ms)*time.Millisecond)
	} else {
		ctx, cancel = context.WithCancel(p.ctx)
	}
	p.mu.Lock()
	p.cancels[req.GetId()] = cancel
	p.mu.Unlock()
	return ctx, cancel
}

func (p *proposer) propose(ctx context.Context, b sdk.Backend, data []byte) (err error) {
	defer p.session.protect("Propose", &err)
	return b.Propose(ctx, data)
}

func (p *proposer) cancel(id uint64) {
	p.mu.Lock()
	cancel := p.cancels[id]
	p.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

func (p *proposer) forget(id uint64) {
	p.mu.Lock()
	delete(p.cancels, id)
	p.mu.Unlock()
}

// A reply that can't be sent is lost with the stream, and so unknown.
func (p *proposer) reply(id uint64, err error) {
	p.sending.Lock()
	defer p.sending.Unlock()
	_ = p.stream.Send(&backendpb.ProposeReply{Id: id, Failure: failureOf(err)})
}
