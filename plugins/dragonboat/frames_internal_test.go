package dragonboat

import (
	"net"
	"testing"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"
)

// What is sent comes, and what isn't a frame ends the reading.
func TestFrames(t *testing.T) {
	near, far := net.Pipe()
	batch := pb.MessageBatch{SourceAddress: "n1@h:1", Requests: []pb.Message{{Type: pb.Heartbeat, From: 1, To: 2, ShardID: shard}}}
	go func() {
		_ = sendFrame(near, &batch)
		_, _ = near.Write([]byte{0, 0, 0, 1, 9, 9, 9, 9, 'x'})
	}()
	r := newFrames(far)
	body, err := r.next()
	require.NoError(t, err)
	var got pb.MessageBatch
	require.NoError(t, got.Unmarshal(body))
	require.Equal(t, batch, got)
	_, err = r.next()
	require.ErrorContains(t, err, "checksum")
	require.NoError(t, near.Close())
}

// Messages that would end the library are none.
func TestImplausibleMessages(t *testing.T) {
	good := pb.Message{Type: pb.Heartbeat, From: 1, To: 2, ShardID: shard}
	for name, spoil := range map[string]func(m *pb.Message){
		"to nobody":           func(m *pb.Message) { m.To = 0 },
		"from nobody":         func(m *pb.Message) { m.From = 0 },
		"of another shard":    func(m *pb.Message) { m.ShardID = 2 },
		"a tick":              func(m *pb.Message) { m.Type = pb.LocalTick },
		"an election":         func(m *pb.Message) { m.Type = pb.Election },
		"a change of members": func(m *pb.Message) { m.Type = pb.ConfigChangeEvent },
		"a snapshot":          func(m *pb.Message) { m.Type = pb.InstallSnapshot },
		"of no kind":          func(m *pb.Message) { m.Type = 99 },
	} {
		m := good
		spoil(&m)
		require.False(t, plausible(&pb.MessageBatch{SourceAddress: "n1@h:1", Requests: []pb.Message{good, m}}, "n1"), name)
	}
	require.True(t, plausible(&pb.MessageBatch{SourceAddress: "n1@h:1", Requests: []pb.Message{good}}, "n1"))
	require.False(t, plausible(&pb.MessageBatch{SourceAddress: "n2@h:1", Requests: []pb.Message{good}}, "n1"), "in another's name")
}

// FuzzReceive has whatever a member may send read.
func FuzzReceive(f *testing.F) {
	batch := pb.MessageBatch{SourceAddress: "n1@h:1", Requests: []pb.Message{{Type: pb.Heartbeat, From: 1, To: 2, ShardID: shard}}}
	f.Add(pb.MustMarshal(&batch))
	f.Fuzz(func(_ *testing.T, body []byte) {
		var b pb.MessageBatch
		if unmarshal(&b, body) == nil {
			plausible(&b, "n1")
		}
		var c pb.Chunk
		_ = unmarshal(&c, body)
	})
}
