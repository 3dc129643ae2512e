package plugin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// ProxyConfig bounds what a host accepts of a plugin. Zero values are the
// contract's defaults.
type ProxyConfig struct {
	HeartbeatTimeout time.Duration // without a pong for so long the plugin is hung; 10 s
	WindowEntries    int           // delivered, not yet applied; 4096
	WindowBytes      int           // of these entries; 16 MiB, at least one largest entry
	ApplyStall       time.Duration // what the plugin waits for a full window to move; 10 s
	MaxProposals     int           // in flight at once; 1024
	Logger           *slog.Logger  // nil: none
}

func (c ProxyConfig) limits() limits {
	return limits{
		windowEntries: c.WindowEntries, windowBytes: c.WindowBytes,
		stall: c.ApplyStall, proposals: c.MaxProposals,
	}.orDefault()
}

// Proxy is the host's end of the wall: a backend whose work is done in another
// process. It has every ability's methods; sdk.As tells which the plugin claims.
//
// Any number of goroutines may use it. It lives for one session: opened or
// inspected once, and done when the plugin is gone, however it went. The
// connection stays the caller's.
type Proxy struct {
	client    backendpb.BackendClient
	info      sdk.Info
	limits    limits
	heartbeat time.Duration
	log       *slog.Logger

	proposals *proposals
	inbox     *inbox
	statuses  *marks // of the status sequence
	applied   *marks // of the position

	// ctx ends with the session; its cause says why. streams outlives it by the
	// time it takes to say so to the plugin.
	ctx        context.Context
	end        context.CancelCauseFunc
	streams    context.Context
	endStreams context.CancelFunc
	done       chan struct{}
	greeted    chan struct{} // closed by the session's first message

	session   *hostStream    // set before any goroutine of the session starts
	running   sync.WaitGroup // these goroutines
	pong      atomic.Uint64  // the newest ping that was answered
	snapshots atomic.Int32   // pinned for the plugin

	mu      sync.Mutex
	begun   bool
	closing bool
	err     error // set before done
}

var (
	_ sdk.Backend       = (*Proxy)(nil)
	_ sdk.Informer      = (*Proxy)(nil)
	_ sdk.Lifetime      = (*Proxy)(nil)
	_ sdk.ReadBarrierer = (*Proxy)(nil)
	_ sdk.Transferer    = (*Proxy)(nil)
	_ sdk.Membership    = (*Proxy)(nil)
	_ sdk.Compacter     = (*Proxy)(nil)
	_ sdk.Inspector     = (*Proxy)(nil)
)

// NewProxy asks the plugin behind cc what it is, which has no effect there.
// ctx bounds that one call.
func NewProxy(ctx context.Context, cc grpc.ClientConnInterface, cfg ProxyConfig) (*Proxy, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.HeartbeatTimeout <= 0 {
		cfg.HeartbeatTimeout = defaultHeartbeat
	}
	client := backendpb.NewBackendClient(cc)
	info, err := askInfo(ctx, client)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		client: client, info: info, limits: cfg.limits(), heartbeat: cfg.HeartbeatTimeout, log: cfg.Logger,
		statuses: newMarks(), applied: newMarks(),
		done: make(chan struct{}), greeted: make(chan struct{}),
	}
	p.proposals, p.inbox = newProposals(p.limits.proposals), newInbox(p.limits)
	p.ctx, p.end = context.WithCancelCause(context.Background())
	p.streams, p.endStreams = context.WithCancel(context.Background())
	return p, nil
}

func askInfo(ctx context.Context, client backendpb.BackendClient) (sdk.Info, error) {
	r, err := client.Info(ctx, &backendpb.InfoRequest{})
	if err != nil {
		return sdk.Info{}, fmt.Errorf("asking the plugin what it is: %w", transportError(err))
	}
	info := infoFromPB(r)
	if info.Name == "" {
		return sdk.Info{}, &sdk.Error{
			Reason:  sdk.ReasonIncompatible,
			Message: fmt.Sprintf("the plugin does not say its name: it is no metalog backend of protocol %d", ProtocolMajor),
		}
	}
	return info, nil
}

// Info is what the plugin says of itself.
func (p *Proxy) Info() sdk.Info { return p.info }

// Done is closed when the session is over and sm is no longer called.
func (p *Proxy) Done() <-chan struct{} { return p.done }

// Err says why the session ended; nil before Done and after an orderly Close.
func (p *Proxy) Err() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Open begins the session and opens the backend. Before it returns, sm has the
// newest status the backend had given by then.
func (p *Proxy) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if err := checkConfig(cfg); err != nil {
		return err
	}
	if err := p.begin(ctx, sm); err != nil {
		return err
	}
	r, err := p.client.Open(ctx, configToPB(cfg))
	if err = result(p, r, err); err == nil {
		err = p.reach(ctx, p.statuses, r.GetStatusSequence())
	}
	if err != nil {
		p.end(err)
		<-p.done
	}
	return err
}

// Inspect reads a stopped directory into sm, instead of Open.
func (p *Proxy) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if err := checkConfig(cfg); err != nil {
		return err
	}
	if err := p.begin(ctx, sm); err != nil {
		return err
	}
	r, err := p.client.Inspect(ctx, configToPB(cfg))
	if err := result(p, r, err); err != nil {
		return err
	}
	return p.reach(ctx, p.applied, r.GetPosition())
}

// Close asks the plugin to close the backend, within ctx, and ends the session.
// What was proposed and not answered is then unknown.
func (p *Proxy) Close(ctx context.Context) error {
	p.mu.Lock()
	again, begun := p.closing, p.begun
	p.closing, p.begun = true, true
	p.mu.Unlock()
	if !begun {
		p.over(errOrderly)
		return nil
	}
	if again || p.ctx.Err() != nil {
		<-p.done
		return p.Err()
	}
	err := p.askClose(ctx)
	if err != nil {
		p.end(err)
	} else {
		p.end(errOrderly)
	}
	<-p.done
	return err
}

func (p *Proxy) askClose(ctx context.Context) error {
	r, err := p.client.Close(ctx, &backendpb.CloseRequest{})
	return result(p, r, err)
}

// because names the cause of the session's end rather than its symptom in a
// call, if the session has ended.
func (p *Proxy) because(err error) error {
	cause := context.Cause(p.ctx)
	if cause == nil {
		return err
	}
	var e *sdk.Error
	if errors.As(cause, &e) && e.Reason.Terminal() {
		return cause
	}
	return &sdk.Error{Reason: sdk.ReasonClosed, Message: "the session with the plugin ended", Err: cause}
}

// reach waits until the session's stream has come to n.
func (p *Proxy) reach(ctx context.Context, m *marks, n uint64) error {
	reached, forget := m.reached(n)
	defer forget()
	select {
	case <-reached:
		return nil
	case <-p.ctx.Done():
		return p.because(nil)
	case <-ctx.Done():
		return &sdk.Error{Reason: sdk.ReasonTimeout, Message: "waiting for what the plugin has already sent", Err: ctx.Err()}
	}
}
