package hashiraft

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/sdk"
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
	life       context.Context // ends with the port
	end        context.CancelFunc

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	shut  bool
	work  sync.WaitGroup
}

// listenPeers takes the port. serve must be called, then close.
func listenPeers(ctx context.Context, cfg sdk.Config, protect *peerTLS, insecure bool) (net.Listener, error) {
	at := cfg.Listen
	if at == "" {
		at = cfg.Address
	}
	if err := checkExposure(at, protect != nil || insecure); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &sdk.Error{
			Reason: sdk.ReasonConflict, Err: err,
			Message: fmt.Sprintf("the peer port %s is taken by another process: stop that one, or choose another with --listen-peer", at),
		}
	}
	return nil, &sdk.Error{
		Reason: sdk.ReasonInvalidConfig, Field: "listen", Err: err,
		Message: fmt.Sprintf("can't listen for peers at %s: say where this machine can with --listen-peer", at),
	}
}

// checkExposure refuses a port that other machines reach unless that is
// protected, or was asked for.
func checkExposure(address string, allowed bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return invalid("listen", "%q isn't HOST:PORT", address)
	}
	if allowed || host == "localhost" || net.ParseIP(host).IsLoopback() {
		return nil
	}
	return invalid("listen", "other machines reach the peer port %s, and nothing protects it: "+
		"set the option tls (metalog tls init makes certificates), or insecure if the network is trusted", address)
}

// checkPeerAddress refuses what no other node could dial.
func checkPeerAddress(p sdk.Peer) error {
	host, port, err := net.SplitHostPort(p.Address)
	if err != nil || port == "" || port == "0" {
		return invalid("address", "%q of node %q isn't HOST:PORT", p.Address, p.NodeID)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return invalid("address", "node %q can't be reached at %q: name a host", p.NodeID, p.Address)
	}
	return nil
}

// serve accepts connections until close.
func (p *port) serve() {
	p.raft, p.peer = newLane(p.listener.Addr()), newLane(p.listener.Addr())
	p.conns = make(map[net.Conn]struct{})
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
			if p.track(conn) {
				p.work.Go(func() { p.receive(conn) })
			}
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
	node, err := welcome(conn, p.me, p.others)
	if err == nil {
		err = certified(conn, node)
	}
	return conn, k, node, explainTLS(err)
}

// certified refuses a node that shows another one's certificate.
func certified(conn net.Conn, node string) error {
	c, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	leaf := c.ConnectionState().PeerCertificates[0]
	if slices.Contains(leaf.DNSNames, node) {
		return nil
	}
	return &refusedError{reason: fmt.Sprintf("node %q shows a certificate for %s: make one that holds its name (metalog tls init --node %s=HOST)",
		node, strings.Join(leaf.DNSNames, ", "), node)}
}

// dial connects to the member at address.
func (p *port) dial(ctx context.Context, address string, k kind) (net.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
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
	node, err := introduce(conn, k, me, p.others)
	if err == nil {
		err = certified(conn, node)
	}
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

// peerConn is a connection to a node that has said who it is.
type peerConn struct {
	net.Conn
	port *port
	raw  net.Conn
	node string
}

func (c *peerConn) Close() error {
	err := c.Conn.Close()
	c.port.drop(c.raw)
	return err
}

// Read ends where the connection does, whichever side has ended it: that a peer
// goes away is no error, and the library would log it as one.
func (c *peerConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) {
		err = io.EOF
	}
	return n, err
}

// RemoteAddr names the node, for handlers.
func (c *peerConn) RemoteAddr() net.Addr { return nodeAddr(c.node) }

type nodeAddr string

func (a nodeAddr) Network() string { return "node" }
func (a nodeAddr) String() string  { return string(a) }

// lane is a listener whose connections come from a port.
type lane struct {
	addr  net.Addr
	conns chan net.Conn // 0: a connection has an owner at any time
	shut  chan struct{}
	once  sync.Once
}

func newLane(addr net.Addr) *lane {
	return &lane{addr: addr, conns: make(chan net.Conn), shut: make(chan struct{})}
}

func (l *lane) hand(c net.Conn) bool {
	select {
	case l.conns <- c:
		return true
	case <-l.shut:
		return false
	}
}

// pause waits, or until the lane is closed.
func (l *lane) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.shut:
	}
}

func (l *lane) close() { l.once.Do(func() { close(l.shut) }) }

// Accept waits for the next connection.
func (l *lane) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *lane) Close() error {
	l.close()
	return nil
}

// Addr is the port's.
func (l *lane) Addr() net.Addr { return l.addr }

// stream is the port as the library's transport takes it.
type stream struct {
	*lane
	port *port
}

// Addr is what other nodes dial, which may be elsewhere than what is listened on.
func (s stream) Addr() net.Addr { return advertised(s.port.address) }

// Dial connects to a member, and waits for one that is away. The library doubles
// its pause after each failure, up to ten seconds, and isn't told when the member
// is back: it would get nothing for so long.
func (s stream) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(s.port.life, max(timeout, dialPatience))
	defer cancel()
	again := time.NewTicker(dialAgain)
	defer again.Stop()
	for {
		conn, err := s.port.dial(ctx, string(address), kindRaft)
		if r := (*refusedError)(nil); err == nil || errors.As(err, &r) {
			return conn, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

const (
	dialPatience = 15 * time.Second
	dialAgain    = 100 * time.Millisecond
)

type advertised string

func (a advertised) Network() string { return "tcp" }
func (a advertised) String() string  { return string(a) }
