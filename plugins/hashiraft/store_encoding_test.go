package hashiraft

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// The golden bytes of version 1: a log of today is read for ever.
func TestGoldenEntries(t *testing.T) {
	for want, l := range map[string]raft.Log{
		"0100" + "07" + "80c8ceb40d" + "959aef3a" + "03" + "657874" + "64617461": {
			Term: 7, Data: []byte("data"), Extensions: []byte("ext"), AppendedAt: time.Unix(1_800_000_000, 123_456_789).UTC(),
		},
		"0105" + "ac02" + "ffdb8ff9ce03" + "00" + "00": {Type: raft.LogConfiguration, Term: 300},
	} {
		encoded := encodeLog(&l)[boltlog.Room:]
		require.Equal(t, want, hex.EncodeToString(encoded))
		var got raft.Log
		require.NoError(t, decodeLog(encoded, &got))
		require.Equal(t, l.AppendedAt.UTC(), got.AppendedAt)
		got.AppendedAt = l.AppendedAt
		require.Equal(t, l, got)
	}
}

func FuzzDecodeLog(f *testing.F) {
	f.Add(encodeLog(&raft.Log{Term: 7, Data: []byte("data"), Extensions: []byte("ext"), AppendedAt: time.Unix(1, 2)})[boltlog.Room:])
	f.Add([]byte{1, 0, 0x80})
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var l raft.Log
		if decodeLog(b, &l) != nil {
			require.Zero(t, l, "nothing half done")
			return
		}
		var again raft.Log
		require.NoError(t, decodeLog(encodeLog(&l)[boltlog.Room:], &again))
		require.Equal(t, l, again)
	})
}
