package hashiraft

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/chronik-stream/metalog/plugins/hashiraft/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// maxMessage is an entry and what surrounds it.
const maxMessage = sdk.MaxEntrySize + 64<<10

// peers are the connections that other nodes are asked through. Any goroutine
// may use them.
type peers struct {
	port *port

	mu    sync.Mutex
	conns map[string]*link // by address
	shut  bool
}

// link is the connection to one node. While it is there, gRPC goes on dialling.
type link struct {
	*grpc.ClientConn
	used time.Time
}

func newPeers(p *port) *peers { return &peers{port: p, conns: make(map[string]*link)} }

// unused is after how long a connection is given up that nobody asked for, as to a
// member that was removed: every member is asked each second.
const unused = time.Minute

// prune closes what wasn't used since.
func (p *peers) prune(since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for address, l := range p.conns {
		if l.used.Before(since) {
			_ = l.Close()
			delete(p.conns, address)
		}
	}
}

// reach returns the node at address, connected: what is sent then either
// arrives or its outcome is unknown.
func (p *peers) reach(ctx context.Context, address string) (peerpb.PeerClient, error) {
	conn, err := p.conn(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	for {
		state := conn.GetState()
		switch state {
		case connectivity.Ready:
			return peerpb.NewPeerClient(conn), nil
		case connectivity.Idle:
			conn.Connect()
		case connectivity.TransientFailure:
			conn.ResetConnectBackoff()
			return nil, errors.New("it doesn't answer, or refuses this node")
		case connectivity.Shutdown:
			return nil, errors.New("the session has ended")
		default: // it is connecting
		}
		if !conn.WaitForStateChange(ctx, state) {
			return nil, fmt.Errorf("it doesn't answer: %w", context.Cause(ctx))
		}
	}
}

const (
	// reachTimeout bounds a connection attempt.
	reachTimeout = 2 * time.Second
	// silence is how long a connection may bring nothing until it is tried out. One
	// that a network has lost isn't ended by anybody: calls through it would get no
	// answer for minutes after the network has come back. gRPC allows no less.
	silence = 10 * time.Second
)

func (p *peers) conn(address string) (*grpc.ClientConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return nil, errors.New("the session has ended")
	}
	if l, ok := p.conns[address]; ok {
		l.used = time.Now()
		return l.ClientConn, nil
	}
	c, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), // TLS is the port's
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return p.port.dial(ctx, address, kindPeer)
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 2, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: reachTimeout,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: silence, Timeout: reachTimeout, PermitWithoutStream: true}),
	)
	if err != nil {
		return nil, err
	}
	p.conns[address] = &link{ClientConn: c, used: time.Now()}
	return c, nil
}

func (p *peers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
	for _, c := range p.conns {
		_ = c.Close()
	}
}

// failureOf carries an error to the other side.
func failureOf(err error) *peerpb.Failure {
	if err == nil {
		return nil
	}
	f := &peerpb.Failure{Reason: uint32(sdk.ReasonInternal), Message: err.Error()}
	var e *sdk.Error
	if errors.As(err, &e) {
		f.Reason, f.NotAppended = uint32(e.Reason), e.Outcome == sdk.NotAppended
	}
	return f
}

// answered is what came of a call: an error of the transport leaves everything
// open.
func answered(err error, f *peerpb.Failure) error {
	switch {
	case err != nil:
		return internal("the leader didn't answer", err)
	case f == nil:
		return nil
	}
	e := &sdk.Error{Reason: sdk.Reason(f.GetReason()), Message: f.GetMessage()}
	if f.GetNotAppended() {
		e.Outcome = sdk.NotAppended
	}
	return e
}
