package dragonboat

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/lni/dragonboat/v4/config"
	"github.com/lni/dragonboat/v4/raftio"
	pb "github.com/lni/dragonboat/v4/raftpb"

	"github.com/chronik-stream/metalog/internal/peerport"
)

// What connections between nodes are for.
const (
	kindMessages  peerport.Kind = 'D'
	kindSnapshots peerport.Kind = 'S'
	kindPeer      peerport.Kind = 'Q'
)

// transport carries the library's messages over the peer port, one way on each
// connection. Any goroutine may use it.
type transport struct {
	port   *peerport.Port
	log    *slog.Logger
	stored func() uint64 // the last index on this node's disk

	message raftio.MessageHandler // set when the library is started
	chunk   raftio.ChunkHandler

	work sync.WaitGroup
}

func newTransport(p *peerport.Port, log *slog.Logger, stored func() uint64) *transport {
	return &transport{port: p, log: log, stored: stored}
}

var (
	_ raftio.ITransport       = (*transport)(nil)
	_ config.TransportFactory = transportFactory{}
)

// transportFactory gives the library the transport that is there.
type transportFactory struct{ *transport }

// Create takes where to hand what comes in.
func (f transportFactory) Create(_ config.NodeHostConfig, m raftio.MessageHandler, c raftio.ChunkHandler) raftio.ITransport {
	f.message, f.chunk = m, c
	return f.transport
}

// Validate reports whether a target is one of ours.
func (f transportFactory) Validate(target string) bool {
	p := peerOf(target)
	return p.NodeID != "" && peerport.CheckPeerAddress(p) == nil
}

// Name is for the log.
func (t *transport) Name() string { return "peer port" }

// Start takes up connections.
func (t *transport) Start() error {
	t.work.Go(func() { t.accept(t.port.Lane(kindMessages), t.receiveMessages) })
	t.work.Go(func() { t.accept(t.port.Lane(kindSnapshots), t.receiveChunks) })
	return nil
}

// Close waits for what Start began: until the port is closed.
func (t *transport) Close() error {
	t.work.Wait()
	return nil
}

func (t *transport) accept(lane net.Listener, receive func(net.Conn)) {
	for {
		conn, err := lane.Accept()
		if err != nil {
			return
		}
		t.work.Go(func() {
			defer conn.Close()
			receive(conn)
		})
	}
}

// receiveMessages lets the sender know, now and then, that they come.
func (t *transport) receiveMessages(conn net.Conn) {
	node, signed := conn.RemoteAddr().String(), time.Time{}
	for r := newFrames(conn); ; {
		body, err := r.next()
		if err != nil {
			return
		}
		var batch pb.MessageBatch
		if decode(body, &batch) != nil || !plausible(&batch, node) {
			return
		}
		t.message(batch)
		if time.Since(signed) > signEvery {
			signed = time.Now()
			if signOfLife(conn) != nil {
				return
			}
		}
	}
}

func (t *transport) receiveChunks(conn net.Conn) {
	node := conn.RemoteAddr().String()
	for r := newFrames(conn); ; {
		body, err := r.next()
		if err != nil {
			return
		}
		var chunk pb.Chunk
		if decode(body, &chunk) != nil || !plausibleChunk(&chunk) || !t.take(chunk, node) {
			return // the sender begins anew
		}
	}
}

// take hands on a piece of a snapshot. The library knows no error there, and panics:
// for a disk that is full, and for a piece that can't be one.
func (t *transport) take(chunk pb.Chunk, node string) (taken bool) {
	defer func() {
		if why := recover(); why != nil {
			t.log.Warn("a snapshot wasn't taken from another node, which will send it again", "from", node, "error", why)
		}
	}()
	return t.chunk(chunk)
}

// plausibleChunk refuses what isn't a piece of the one file that a snapshot has.
func plausibleChunk(c *pb.Chunk) bool {
	return c.ShardID == shard && c.ReplicaID != 0 && c.From != 0 && c.Index != 0 && c.Term != 0 &&
		!c.HasFileInfo && !c.Witness && path.Base(filepath.ToSlash(c.Filepath)) == fmt.Sprintf("snapshot-%016X%s", c.Index, snapshotSuffix)
}

// travels are the kinds of messages that nodes send to each other; the others the
// library keeps for itself.
var travels = map[pb.MessageType]bool{
	pb.NoOP: true, pb.Ping: true, pb.Pong: true, pb.Propose: true, pb.Replicate: true, pb.ReplicateResp: true,
	pb.RequestVote: true, pb.RequestVoteResp: true, pb.RequestPreVote: true, pb.RequestPreVoteResp: true,
	pb.Heartbeat: true, pb.HeartbeatResp: true, pb.ReadIndex: true, pb.ReadIndexResp: true, pb.Quiesce: true,
	pb.SnapshotReceived: true, pb.LeaderTransfer: true, pb.TimeoutNow: true, pb.RateLimit: true,
}

// plausible refuses what would end the library: messages of kinds that it keeps for
// itself, of no term, or of another node than the one that sends them.
func plausible(b *pb.MessageBatch, node string) bool {
	if peerOf(b.SourceAddress).NodeID != node {
		return false
	}
	for i := range b.Requests {
		switch m := &b.Requests[i]; {
		case m.ShardID != shard || m.To == 0 || m.From == 0 || m.Term == 0 && !termless(m.Type),
			m.Type == pb.LeaderTransfer && m.Hint == 0: // to nobody
			return false
		case !travels[m.Type]:
			return false
		}
	}
	return true
}

// termless are the messages that carry no term. Without one, a message of another kind
// passes for the receiver's own.
func termless(t pb.MessageType) bool {
	return t == pb.Propose || t == pb.ReadIndex || t == pb.LeaderTransfer || t == pb.SnapshotReceived || t == pb.Quiesce
}

// GetConnection returns a connection to the member, which needn't be there yet.
func (t *transport) GetConnection(_ context.Context, target string) (raftio.IConnection, error) {
	return &messages{transport: t, to: peerOf(target)}, nil
}

// GetSnapshotConnection connects to the member.
func (t *transport) GetSnapshotConnection(ctx context.Context, target string) (raftio.ISnapshotConnection, error) {
	conn, err := t.port.Dial(ctx, peerOf(target).Address, kindSnapshots)
	if err != nil {
		return nil, err
	}
	return &chunks{conn: conn}, nil
}
