package links

import (
	"errors"
	"io"
	"net"
	"sync"
)

// chunk is how much is carried at once, in bytes.
const chunk = 32 << 10

// connection is one that is carried: near is whoever dialed, far is whom.
type connection struct {
	net       *Net
	near, far *net.TCPConn
	over      chan struct{} // closed when it is cut short
	once      sync.Once     // closes over
}

// carry carries bytes both ways, each for as long as it is open, and returns when
// both have ended or one end is gone. early is what near has sent already.
func carry(n *Net, near, far *net.TCPConn, there way, early []byte) {
	c := &connection{net: n, near: near, far: far, over: make(chan struct{})}
	var back sync.WaitGroup
	back.Go(func() { c.pump(near, far, there.back(), nil) })
	c.pump(far, near, there, early)
	back.Wait()
}

// pump carries what src sends to dst, and then src's end. That an end is gone is
// news, which goes its way as bytes do.
func (c *connection) pump(dst, src *net.TCPConn, w way, early []byte) {
	if !c.write(dst, early, w) {
		return
	}
	buf := make([]byte, chunk)
	for {
		k, err := src.Read(buf)
		if !c.write(dst, buf[:k], w) {
			return
		}
		switch {
		case err == nil:
			continue
		case !c.net.pass(c.over, w):
		case errors.Is(err, io.EOF) && dst.CloseWrite() == nil:
			return
		}
		c.abort()
		return
	}
}

// write writes what may pass; false: the connection has ended.
func (c *connection) write(dst *net.TCPConn, data []byte, w way) bool {
	if len(data) == 0 {
		return true
	}
	if !c.net.pass(c.over, w) {
		c.abort()
		return false
	}
	if _, err := dst.Write(data); err != nil {
		c.net.pass(c.over, w.back()) // dst's end is dst's news
		c.abort()
		return false
	}
	return true
}

// abort resets both ends.
func (c *connection) abort() {
	c.once.Do(func() {
		close(c.over)
		for _, end := range []*net.TCPConn{c.near, c.far} {
			_ = end.SetLinger(0)
			_ = end.Close()
		}
	})
}
