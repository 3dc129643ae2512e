package peerport

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
)

const (
	// reachTimeout bounds a connection attempt.
	reachTimeout = 2 * time.Second
	// silence is how long a connection may bring nothing until it is tried out. One
	// that a network has lost isn't ended by anybody: calls through it would get no
	// answer for minutes after the network has come back. gRPC allows no less.
	silence = 10 * time.Second
)

// ServerOptions are for the gRPC server that serves the lane which Peers of other
// nodes dial. maxMessage is in bytes.
func ServerOptions(maxMessage int) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: silence, Timeout: reachTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: silence / 2, PermitWithoutStream: true}),
	}
}

// Peers are the gRPC connections that other nodes are asked through. Any goroutine
// may use them.
type Peers struct {
	port       *Port
	kind       Kind
	maxMessage int

	mu    sync.Mutex
	conns map[string]*link // by address
	shut  bool
}

// link is the connection to one node. While it is there, gRPC goes on dialling.
type link struct {
	*grpc.ClientConn
	used time.Time
}

// NewPeers dials nobody yet. Connections go through p, as ones of k; maxMessage is
// in bytes. Close must be called.
func NewPeers(p *Port, k Kind, maxMessage int) *Peers {
	return &Peers{port: p, kind: k, maxMessage: maxMessage, conns: make(map[string]*link)}
}

// Prune closes what wasn't used since.
func (p *Peers) Prune(since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for address, l := range p.conns {
		if l.used.Before(since) {
			_ = l.Close()
			delete(p.conns, address)
		}
	}
}

// Reach returns the node at address, connected: what is sent then either arrives
// or its outcome is unknown. It blocks for two seconds at most. The connection
// stays the Peers'.
func (p *Peers) Reach(ctx context.Context, address string) (*grpc.ClientConn, error) {
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
			return conn, nil
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

func (p *Peers) conn(address string) (*grpc.ClientConn, error) {
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
			return p.port.Dial(ctx, address, p.kind)
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(p.maxMessage), grpc.MaxCallSendMsgSize(p.maxMessage)),
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

// Close closes every connection: calls under way fail.
func (p *Peers) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
	for _, c := range p.conns {
		_ = c.Close()
	}
}
