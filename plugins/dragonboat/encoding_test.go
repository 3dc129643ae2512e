package dragonboat

import (
	"encoding/hex"
	"testing"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// The golden bytes of version 1: a log of today is read for ever.
func TestGoldenEntries(t *testing.T) {
	for want, e := range map[string]pb.Entry{
		"01" + "0007" + "010c" + "0705" + "68656c6c6f" + "7f": {Term: 7, Index: 12, Cmd: []byte("hello")},
		"01" + "0001" + "0101" + "0201" + "7f":                {Term: 1, Index: 1, Type: pb.ConfigChangeEntry},
	} {
		encoded := encodeEntry(&e)[boltlog.Room:]
		require.Equal(t, want, hex.EncodeToString(encoded))
		var got pb.Entry
		require.NoError(t, decodeEntry(encoded, e.Index, &got))
		require.Equal(t, e, got)
	}
}

func TestGoldenSnapshotRecord(t *testing.T) {
	r := newRecord(&pb.Snapshot{
		Filepath: "/f", Index: 9, Term: 2, ShardID: 1,
		Membership: pb.Membership{ConfigChangeId: 4, Addresses: map[uint64]string{1: "n1@h:1"}},
	}, fileSum{size: 300, crc32: 0xaabbccdd})
	want := hex.EncodeToString(r.encode())
	require.Equal(t, goldenRecord, want)
	b, err := hex.DecodeString(goldenRecord)
	require.NoError(t, err)
	var got snapshotRecord
	require.NoError(t, got.Unmarshal(b))
	require.Equal(t, r.sum, got.sum)
	require.Equal(t, pb.MustMarshal(&r.Snapshot), pb.MustMarshal(&got.Snapshot))
}

func TestGoldenFrame(t *testing.T) {
	require.Equal(t, "00000004"+"263fc950"+"626f6479", hex.EncodeToString(framed([]byte("body"))))
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add(uint64(12), encodeEntry(&pb.Entry{Term: 7, Index: 12, Cmd: []byte("hello")})[boltlog.Room:])
	f.Add(uint64(1), []byte{1, 0, 0x80})
	f.Add(uint64(0), []byte{2, 0})
	f.Fuzz(func(t *testing.T, index uint64, b []byte) {
		var e pb.Entry
		if decodeEntry(b, index, &e) != nil {
			return
		}
		require.Equal(t, index, e.Index)
		var again pb.Entry
		require.NoError(t, decodeEntry(encodeEntry(&e)[boltlog.Room:], index, &again))
		require.Equal(t, e, again)
	})
}

func FuzzSnapshotRecord(f *testing.F) {
	b, err := hex.DecodeString(goldenRecord)
	require.NoError(f, err)
	f.Add(b)
	f.Add(b[:5])
	f.Fuzz(func(t *testing.T, b []byte) {
		var r, again snapshotRecord
		if r.Unmarshal(b) != nil {
			return
		}
		require.NoError(t, again.Unmarshal(r.encode()))
		require.Equal(t, r.Index, again.Index)
		require.Equal(t, r.sum, again.sum)
	})
}

const goldenRecord = "01" + "000000000000012c" + "aabbccdd" +
	"12022f66180020092802320e0804120a080112066e3140683a31480050015800600068007000"
