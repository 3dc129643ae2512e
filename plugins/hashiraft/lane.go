package hashiraft

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

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
