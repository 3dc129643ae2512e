package plugin

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protodelim"

	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// FuzzInbox lets a plugin say anything: what is taken is within the window and
// in order, the rest is refused by name.
func FuzzInbox(f *testing.F) {
	var seed bytes.Buffer
	for position := range uint64(5) {
		m := &backendpb.PluginMessage{Message: &backendpb.PluginMessage_Committed{Committed: &backendpb.Committed{
			Position: position + 1,
			Entries:  []*backendpb.Entry{{Index: 2*position + 1, Data: []byte("x")}, {Index: 2*position + 2}},
		}}}
		_, err := protodelim.MarshalTo(&seed, m)
		require.NoError(f, err)
	}
	f.Add(seed.Bytes())
	f.Fuzz(func(t *testing.T, said []byte) {
		l := limits{windowEntries: 8}.orDefault()
		i, r := newInbox(l), bytes.NewReader(said)
		for {
			m := &backendpb.PluginMessage{}
			if protodelim.UnmarshalFrom(r, m) != nil {
				break
			}
			if m.GetMessage() == nil || positionOf(m.GetMessage()) == 0 {
				continue
			}
			if err := i.put(m.GetMessage()); err != nil {
				require.NotEmpty(t, err.Error())
				break
			}
		}
		entries, bytes, last := 0, 0, uint64(0)
		for n, m := range i.take(nil) {
			require.EqualValues(t, n+1, positionOf(m))
			entries += max(1, len(committedOf(m).GetEntries()))
			for _, e := range committedOf(m).GetEntries() {
				bytes += len(e.GetData())
				require.Greater(t, e.GetIndex(), last)
				last = e.GetIndex()
			}
		}
		require.LessOrEqual(t, entries, l.windowEntries)
		require.LessOrEqual(t, bytes, l.windowBytes)
	})
}

func committedOf(message any) *backendpb.Committed {
	if m, ok := message.(*backendpb.PluginMessage_Committed); ok {
		return m.Committed
	}
	return nil
}
