package hashiraft

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/peerport"
)

// stream is the port as the library's transport takes it.
type stream struct {
	*peerport.Lane
	port *peerport.Port
}

func streamOf(p *peerport.Port) stream { return stream{Lane: p.Lane(kindRaft), port: p} }

// Addr is what other nodes dial, which may be elsewhere than what is listened on.
func (s stream) Addr() net.Addr { return advertised(s.port.Address()) }

// Dial connects to a member, and waits for one that is away. The library doubles
// its pause after each failure, up to ten seconds, and isn't told when the member
// is back: it would get nothing for so long.
func (s stream) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(s.port.Life(), max(timeout, dialPatience))
	defer cancel()
	again := time.NewTicker(dialAgain)
	defer again.Stop()
	for {
		conn, err := s.port.Dial(ctx, string(address), kindRaft)
		if err == nil || !away(err) {
			return conn, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// away reports whether nobody was there. Whoever was, and couldn't be talked to,
// for want of a good certificate say, isn't to be tried ten times a second by
// everything in the library that wants to reach him.
func away(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

const (
	dialPatience = 15 * time.Second
	dialAgain    = 100 * time.Millisecond
)

type advertised string

func (a advertised) Network() string { return "tcp" }
func (a advertised) String() string  { return string(a) }
