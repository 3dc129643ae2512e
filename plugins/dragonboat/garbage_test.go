package dragonboat

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/lni/dragonboat/v4/raftio"
	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

var testKind = clustertest.Kind{
	New: New, Options: `{"heartbeat_interval": "30ms", "election_timeout": "300ms"}`,
	Identity: sdk.Identity{Plugin: Name, DataFormat: DataFormat, Claims: Claims()},
}

// framed is a frame around body.
func framed(body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(body, castagnoli))
	return append(b, body...)
}

func batchOf(from sdk.Peer, messages ...pb.Message) []byte {
	return framed(pb.MustMarshal(&pb.MessageBatch{
		SourceAddress: targetOf(from), Requests: messages,
		DeploymentId: deploymentOf("c"), BinVer: raftio.TransportBinVersion,
	}))
}

// impostor is a port that the members take for n3's.
func impostor(t *testing.T, c *clustertest.Cluster) *peerport.Port {
	t.Helper()
	cfg := sdk.Config{Address: c.AddressOf("n3")}
	listener, err := peerport.Listen(t.Context(), cfg, nil, false)
	require.NoError(t, err)
	p := peerport.Serve(peerport.Options{
		Listener: listener, Address: cfg.Address, Log: slog.New(slog.DiscardHandler),
		Me:     peerport.Greeting{Cluster: "c", Node: "n3", Directory: "d"},
		Others: peerport.NewKnown(peerport.Acquaintance{Directories: map[string]string{}}, func(peerport.Acquaintance) error { return nil }),
		NameOf: func(string) string { return "" }, OnRefuse: func(*peerport.RefusedError) {},
	})
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// A member that is let in and talks nonsense costs the others nothing.
func TestGarbageFromAMember(t *testing.T) {
	c := clustertest.NewCluster(t, testKind, 3)
	n1, n2 := c.Nodes["n1"], c.Nodes["n2"]
	n1.Open()
	n2.Open()
	n1.Ready()
	p, from := impostor(t, c), c.PeerOf("n3")
	to := pb.Message{To: firstReplica("n1"), From: firstReplica("n3"), ShardID: shard}
	nonsense := map[peerport.Kind][][]byte{
		kindMessages: {
			{},
			{0, 0, 0},
			framed(nil), framed([]byte("nonsense")), framed([]byte("\n\x00\xda")), bytes.Repeat([]byte{0xff}, 1000),
			{0, 0, 0, 9, 1, 2, 3, 4, 'a'},
			batchOf(from), batchOf(sdk.Peer{NodeID: "n2", Address: from.Address}, to), batchOf(sdk.Peer{}, to), batchOf(from, pb.Message{}),
			batchOf(from, pb.Message{To: to.To, From: to.From, ShardID: 7}), batchOf(from, pb.Message{To: 99, From: to.From, ShardID: shard}),
		},
		kindSnapshots: {
			{},
			framed(nil), framed([]byte("nonsense")), framed(pb.MustMarshal(&pb.Chunk{ShardID: shard})),
			framed(pb.MustMarshal(&pb.Chunk{DeploymentId: deploymentOf("c"), BinVer: raftio.TransportBinVersion, ShardID: shard, ReplicaID: to.To, From: to.From, ChunkCount: 1 << 40, Index: 9, Term: 9, Data: []byte("x")})),
			framed(pb.MustMarshal(&pb.Chunk{DeploymentId: deploymentOf("c"), BinVer: raftio.TransportBinVersion, ShardID: shard, ReplicaID: to.To, From: to.From, ChunkId: 3, Index: 9, Term: 9, Data: []byte("x")})),
		},
		kindPeer: {{}, []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), bytes.Repeat([]byte{0}, 5000)},
	}
	for kind := range pb.MessageType_name { // of every kind, and of the oldest term
		m := to
		m.Type = pb.MessageType(kind)
		nonsense[kindMessages] = append(nonsense[kindMessages], batchOf(from, m))
	}
	for kind, all := range nonsense {
		for _, b := range all {
			for _, n := range []*clustertest.Node{n1, n2} {
				conn, err := p.Dial(t.Context(), c.AddressOf(n.Name), kind)
				require.NoError(t, err)
				_, _ = conn.Write(b)
				require.NoError(t, conn.Close())
			}
		}
	}
	for _, n := range []*clustertest.Node{n1, n2} {
		require.Eventually(t, func() bool { return n.Propose("by "+n.Name) == nil }, 10*time.Second, 5*time.Millisecond)
		require.NoError(t, n.Barrier())
	}
	c.Same()
}

// What isn't a frame comes to an end.
func FuzzFrames(f *testing.F) {
	f.Add(framed([]byte("body")))
	f.Add(append(framed(nil), framed([]byte("another"))...))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Add(append(make([]byte, 3), 4, 0, 0, 0, 0, 'b', 'o', 'd', 'y')) // with a wrong checksum
	f.Add([]byte{5, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		near, far := net.Pipe()
		go func() {
			_, _ = near.Write(b)
			_ = near.Close()
		}()
		defer far.Close()
		var again []byte
		for r := newFrames(far); ; {
			body, err := r.next()
			if err != nil {
				break
			}
			again = append(again, framed(body)...)
		}
		require.True(t, bytes.HasPrefix(b, again))
		_, _ = io.Copy(io.Discard, far)
	})
}

// Whatever is let through is of a kind that the library expects of another node.
func FuzzPlausible(f *testing.F) {
	for kind := range pb.MessageType_name {
		f.Add(pb.MustMarshal(&pb.MessageBatch{SourceAddress: "n1@h:1", Requests: []pb.Message{
			{Type: pb.MessageType(kind), To: 1, From: 2, ShardID: shard, Entries: []pb.Entry{{Cmd: []byte("a")}}},
		}}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var batch pb.MessageBatch
		if decode(b, &batch) != nil || !plausible(&batch, "n1") {
			return
		}
		require.Equal(t, "n1", peerOf(batch.SourceAddress).NodeID)
		for _, m := range batch.Requests {
			require.NotZero(t, m.To)
			require.NotEqual(t, pb.LocalTick, m.Type)
		}
	})
}
