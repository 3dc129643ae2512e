package dragonboat

import (
	"context"
	"net"
	"sync/atomic"
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
	// silence is after how long without a sign of life a connection is made anew. One
	// that a network has lost isn't ended by anybody, and would carry nothing for
	// minutes after the network has come back.
	silence = 2 * time.Second
	// signEvery is how often a sign of life is given where messages come.
	signEvery = silence / 8
	// sendPatience is how long a member may take nothing.
	sendPatience = 10 * time.Second
	// leastPace is how many bytes a second a connection carries that isn't given up.
	leastPace = 1 << 20
)

// messages are on their way to one member. What can't be sent is lost, as on any
// network: to an error the library answers with a pause of up to a second, in which
// it tries nothing. One goroutine of the library uses it.
type messages struct {
	transport *transport
	to        sdk.Peer
	conn      *watched  // nil: there is none
	dialled   time.Time // the last attempt
}

// watched is a connection on which the other side gives signs of life.
type watched struct {
	net.Conn
	since atomic.Int64 // Unix nanoseconds: something was sent then, and no sign has come since; 0: nothing was
}

// SendMessageBatch sends, or loses what it can't send.
func (m *messages) SendMessageBatch(b pb.MessageBatch) error {
	if m.conn != nil && m.conn.isSilent() {
		m.Close()
	}
	if m.conn == nil && !m.dial() {
		return nil
	}
	m.transport.capCommit(b.Requests)
	m.conn.since.CompareAndSwap(0, time.Now().UnixNano())
	if sendFrame(m.conn, &b) != nil {
		m.Close()
	}
	return nil
}

// capCommit calls nothing committed that this node hasn't stored. A leader that is the
// only voter takes an entry for committed before it is, and learners would deliver what
// may be lost. A lower commit index is always right.
func (t *transport) capCommit(all []pb.Message) {
	stored := t.stored()
	for i := range all {
		if m := &all[i]; m.Type == pb.Replicate || m.Type == pb.Heartbeat {
			m.Commit = min(m.Commit, stored)
		}
	}
}

// isSilent reports whether the connection is to be made anew.
func (w *watched) isSilent() bool {
	since := w.since.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > silence
}

// watch takes signs of life, until the connection ends.
func (w *watched) watch() {
	var signs [64]byte
	for {
		if _, err := w.Read(signs[:]); err != nil {
			w.since.Store(1) // ended by the other side: silent since long ago
			return
		}
		w.since.Store(0)
	}
}

// signOfLife is a byte, of no meaning.
func signOfLife(conn net.Conn) error {
	if err := conn.SetWriteDeadline(time.Now().Add(sendPatience)); err != nil {
		return err
	}
	_, err := conn.Write([]byte{1})
	return err
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
	m.conn = &watched{Conn: conn}
	m.transport.work.Go(m.conn.watch)
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
