package peerport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// receive greets a connection and hands it on.
func (p *Port) receive(raw net.Conn) {
	conn, k, node, err := p.greet(raw)
	if err != nil {
		p.drop(raw)
		p.refused(raw.RemoteAddr().String(), err)
		return
	}
	if !p.lanes[k].hand(&peerConn{Conn: conn, port: p, raw: raw, node: node}) {
		p.drop(raw)
	}
}

func (p *Port) greet(raw net.Conn) (net.Conn, Kind, string, error) {
	if err := raw.SetDeadline(time.Now().Add(helloTimeout)); err != nil {
		return nil, 0, "", err
	}
	conn := raw
	if p.with.TLS != nil {
		conn = tls.Server(raw, p.with.TLS.server())
	}
	var first [1]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return nil, 0, "", explainTLS(err)
	}
	k := Kind(first[0])
	if p.lanes[k] == nil {
		return nil, 0, "", fmt.Errorf("it begins with %q, which no node of this cluster does: does it use TLS, and this node doesn't?", first[0])
	}
	node, err := welcome(conn, p.with.Me, certifying{conn, p.with.Others})
	return conn, k, node, explainTLS(err)
}

// connectTimeout bounds one attempt: the kernel's own next one after a lost packet
// may be seconds away when the member is back.
const connectTimeout = 2 * time.Second

// Dial connects to the member at address, and is done when each side knows the
// other, or ctx is. The connection's RemoteAddr is the node's name; the port's
// Close closes it, too.
func (p *Port) Dial(ctx context.Context, address string, k Kind) (net.Conn, error) {
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

func (p *Port) meet(raw net.Conn, address string, k Kind) (net.Conn, string, error) {
	conn := raw
	if p.with.TLS != nil {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, "", err
		}
		conn = tls.Client(raw, p.with.TLS.client(host))
	}
	me := message{Greeting: p.with.Me, To: p.with.NameOf(address)}
	node, err := introduce(conn, k, me, certifying{conn, p.with.Others})
	return conn, node, explainTLS(err)
}

// refused tells of a peer that was turned away or turned us away; that a peer
// is merely gone is no news.
func (p *Port) refused(address string, err error) {
	var r *RefusedError
	switch {
	case errors.As(err, &r):
		p.with.Log.Warn("refused a peer", "address", address, "reason", r.Error())
		p.with.OnRefuse(r)
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET):
	default:
		p.with.Log.Warn("can't talk to a peer", "address", address, "error", err)
	}
}
