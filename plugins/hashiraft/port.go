package hashiraft

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// port is the one port that nodes reach each other on. It sorts what comes in
// by its first byte, and lets in only nodes of this cluster. With TLS, that
// comes before the first byte. Any goroutine may use it.
type port struct {
	listener net.Listener
	address  string // advertised
	me       greeting
	tls      *peerTLS // nil: none
	others   acquaintances
	nameOf   func(address string) string // of the member there; empty: not known
	onRefuse func(*refusedError)
	log      *slog.Logger

	raft, peer *lane
	greeting   chan struct{}   // taken by each that says who it is, or waits to be taken up
	life       context.Context // ends with the port
	end        context.CancelFunc

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	shut  bool
	work  sync.WaitGroup
}

// maxGreetings is how many connections may be about to say who they are at once.
const maxGreetings = 256

// serve accepts connections until close.
func (p *port) serve() {
	p.raft, p.peer = newLane(p.listener.Addr()), newLane(p.listener.Addr())
	p.conns, p.greeting = make(map[net.Conn]struct{}), make(chan struct{}, maxGreetings)
	p.life, p.end = context.WithCancel(context.Background())
	p.work.Go(func() {
		for pause := time.Duration(0); ; {
			conn, err := p.listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // out of descriptors, say
				p.log.Warn("can't accept a peer", "error", err)
				pause = min(max(2*pause, 5*time.Millisecond), time.Second)
				p.raft.pause(pause)
				continue
			}
			pause = 0
			select {
			case p.greeting <- struct{}{}:
			default:
				_ = conn.Close() // more than a cluster has nodes: they aren't peers
				continue
			}
			if !p.track(conn) {
				return
			}
			p.work.Go(func() {
				defer func() { <-p.greeting }()
				p.receive(conn)
			})
		}
	})
}

// receive greets a connection and hands it on.
func (p *port) receive(raw net.Conn) {
	conn, k, node, err := p.greet(raw)
	if err != nil {
		p.drop(raw)
		p.refused(raw.RemoteAddr().String(), err)
		return
	}
	to := p.raft
	if k == kindPeer {
		to = p.peer
	}
	if !to.hand(&peerConn{Conn: conn, port: p, raw: raw, node: node}) {
		p.drop(raw)
	}
}

func (p *port) greet(raw net.Conn) (net.Conn, kind, string, error) {
	if err := raw.SetDeadline(time.Now().Add(helloTimeout)); err != nil {
		return nil, 0, "", err
	}
	conn := raw
	if p.tls != nil {
		conn = tls.Server(raw, p.tls.server())
	}
	var first [1]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return nil, 0, "", explainTLS(err)
	}
	k := kind(first[0])
	if k != kindRaft && k != kindPeer {
		return nil, 0, "", fmt.Errorf("it begins with %q, which no node of this cluster does: does it use TLS, and this node doesn't?", first[0])
	}
	node, err := welcome(conn, p.me, certifying{conn, p.others})
	return conn, k, node, explainTLS(err)
}

// connectTimeout bounds one attempt: the kernel's own next one after a lost packet
// may be seconds away when the member is back.
const connectTimeout = 2 * time.Second

// dial connects to the member at address.
func (p *port) dial(ctx context.Context, address string, k kind) (net.Conn, error) {
	raw, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if !p.track(raw) {
		return nil, net.ErrClosed
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	conn, node, err := p.meet(raw, address, k)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		p.drop(raw)
		p.refused(address, err)
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	return &peerConn{Conn: conn, port: p, raw: raw, node: node}, nil
}

func (p *port) meet(raw net.Conn, address string, k kind) (net.Conn, string, error) {
	conn := raw
	if p.tls != nil {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, "", err
		}
		conn = tls.Client(raw, p.tls.client(host))
	}
	me := p.me
	me.To = p.nameOf(address)
	node, err := introduce(conn, k, me, certifying{conn, p.others})
	return conn, node, explainTLS(err)
}

// refused tells of a peer that was turned away or turned us away; that a peer
// is merely gone is no news.
func (p *port) refused(address string, err error) {
	var r *refusedError
	switch {
	case errors.As(err, &r):
		p.log.Warn("refused a peer", "address", address, "reason", r.Error())
		p.onRefuse(r)
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET):
	default:
		p.log.Warn("can't talk to a peer", "address", address, "error", err)
	}
}

// close closes the port and every connection, and waits.
func (p *port) close() error {
	p.mu.Lock()
	p.shut = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.end()
	err := p.listener.Close()
	p.raft.close()
	p.peer.close()
	p.work.Wait()
	return err
}

// track notes a connection; false: the port is shut, and so is the connection.
func (p *port) track(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		_ = conn.Close()
		return false
	}
	p.conns[conn] = struct{}{}
	return true
}

func (p *port) drop(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}
