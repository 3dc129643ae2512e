package dragonboat

import (
	"context"
	"net"
	"time"

	pb "github.com/lni/dragonboat/v4/raftpb"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	// dialPatience bounds one attempt to connect, in which messages to that member
	// wait.
	dialPatience = time.Second
	// dialAgain is how soon a member is tried again that wasn't there.
	dialAgain = 100 * time.Millisecond
	// silence is after how long without a word from a member its connection is made
	// anew. One that a network has lost isn't ended by anybody, and would carry
	// nothing for minutes after the network has come back.
	silence = 2 * time.Second
	// sendPatience is how long a member may take nothing.
	sendPatience = 10 * time.Second
)

// messages are on their way to one member. What can't be sent is lost, as on any
// network: to an error the library answers with a pause of up to a second, in which
// it tries nothing. One goroutine of the library uses it.
type messages struct {
	transport *transport
	to        sdk.Peer
	conn      net.Conn  // nil: there is none
	dialled   time.Time // the last attempt
}

// SendMessageBatch sends, or loses what it can't send.
func (m *messages) SendMessageBatch(b pb.MessageBatch) error {
	if m.conn != nil && time.Since(m.dialled) > silence && m.transport.silentFor(m.to.NodeID) > silence {
		m.Close()
	}
	if m.conn == nil && !m.dial() {
		return nil
	}
	if sendFrame(m.conn, &b) != nil {
		m.Close()
	}
	return nil
}

func (m *messages) dial() bool {
	if time.Since(m.dialled) < dialAgain {
		return false
	}
	ctx, cancel := context.WithTimeout(m.transport.port.Life(), dialPatience)
	defer cancel()
	conn, err := m.transport.port.Dial(ctx, m.to.Address, kindMessages)
	m.dialled = time.Now()
	if err != nil {
		return false
	}
	m.conn = conn
	return true
}

// Close ends the connection.
func (m *messages) Close() {
	if m.conn != nil {
		_ = m.conn.Close()
		m.conn = nil
	}
}

// chunks are a snapshot on its way to one member.
type chunks struct{ conn net.Conn }

// SendChunk sends the next piece.
func (c *chunks) SendChunk(chunk pb.Chunk) error { return sendFrame(c.conn, &chunk) }

// Close ends the connection.
func (c *chunks) Close() { _ = c.conn.Close() }
