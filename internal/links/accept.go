package links

import (
	"errors"
	"net"
	"os"
	"time"
)

// accept serves what dials one node, until its listener is closed.
func (n *Net) accept(name string, to *node) {
	for {
		c, err := to.listener.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // of one connection, or of a machine that has no more
			n.log.Load().Warn("a connection between nodes couldn't be accepted", "to", name, "error", err)
			select {
			case <-time.After(breath):
			case <-n.ctx.Done():
				return
			}
		default:
			n.work.Go(func() { n.serve(c, name, to.addresses.Listen) })
		}
	}
}

// breath is what a machine without free descriptors gets before it is asked again.
const breath = 10 * time.Millisecond

// serve finds out who dials and carries the connection, until one end ends it.
func (n *Net) serve(near *net.TCPConn, name, address string) {
	if !n.hold(near) {
		return
	}
	defer n.drop(near)
	from, err := n.dialer(near)
	if err != nil {
		n.log.Load().Warn("a connection between nodes was refused: no node is known to dial it", "to", name, "error", err)
		return
	}
	there := way{from, name}
	early, ok := n.established(near, there)
	if !ok {
		return
	}
	var d net.Dialer
	c, err := d.DialContext(n.ctx, "tcp", address)
	if err != nil { // nobody listens, which the dialer sees as an end
		return
	}
	far := c.(*net.TCPConn)
	if !n.hold(far) {
		return
	}
	defer n.drop(far)
	carry(n, near, far, there, early)
}

// hold notes a connection, so that Close ends it; false: it is closed at once.
func (n *Net) hold(c *net.TCPConn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil {
		_ = c.Close()
		return false
	}
	n.conns[c] = struct{}{}
	return true
}

// drop ends a connection. What wasn't read from it, or said to be its end, makes a
// reset of it.
func (n *Net) drop(c *net.TCPConn) {
	n.mu.Lock()
	delete(n.conns, c)
	n.mu.Unlock()
	_ = c.Close()
}

// mostEarly is how much is read of a connection that isn't established yet.
const mostEarly = 64 << 10

// established waits until both ways are open, and returns what the dialer has sent
// meanwhile; false: it has given up, or the network was closed.
func (n *Net) established(near *net.TCPConn, there way) (early []byte, ok bool) {
	gone, opened := make(chan struct{}), make(chan bool, 1)
	if n.isOpen(there, there.back()) {
		return nil, true
	}
	go func() {
		open := n.pass(gone, there, there.back())
		_ = near.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
		opened <- open
	}()
	early, err := readEarly(near)
	if err != nil {
		close(gone)
	}
	ok = <-opened && err == nil
	return early, ok && near.SetReadDeadline(time.Time{}) == nil
}

func (n *Net) isOpen(ways ...way) bool {
	over := make(chan struct{})
	close(over)
	return n.pass(over, ways...)
}

// readEarly reads until it is woken, or has enough. An error says that the dialer
// is gone.
func readEarly(near *net.TCPConn) ([]byte, error) {
	buf, have := make([]byte, mostEarly), 0
	for have < len(buf) {
		k, err := near.Read(buf[have:])
		have += k
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return buf[:have], nil
}
