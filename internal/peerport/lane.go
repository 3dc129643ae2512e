package peerport

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// Lane is a listener whose connections come from a port: those of one kind, from
// nodes that have said who they are. RemoteAddr of each is the node's name. Closing
// it has the port turn that kind away; the port's Close closes it, too.
type Lane struct {
	addr  net.Addr
	conns chan net.Conn // 0: a connection has an owner at any time
	shut  chan struct{}
	once  sync.Once
}

func newLane(addr net.Addr) *Lane {
	return &Lane{addr: addr, conns: make(chan net.Conn), shut: make(chan struct{})}
}

func (l *Lane) hand(c net.Conn) bool {
	select {
	case l.conns <- c:
		return true
	case <-l.shut:
		return false
	}
}

// Accept waits for the next connection.
func (l *Lane) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *Lane) Close() error {
	l.once.Do(func() { close(l.shut) })
	return nil
}

// Addr is the port's.
func (l *Lane) Addr() net.Addr { return l.addr }

// peerConn is a connection to a node that has said who it is.
type peerConn struct {
	net.Conn
	port *Port
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
