package host

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

func filled(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

func plainEntry() *eventpb.Entry {
	return &eventpb.Entry{
		Id: filled(1, 16), Node: "n1", ClockMs: 1_767_268_800_000,
		Witness: &eventpb.Witness{Revision: 7, Digest: filled(2, 32), DigestVersion: 1},
	}
}

// Bytes that were written once must be read for ever: a change here is a change
// of the format.
func TestEnvelopeBytes(t *testing.T) {
	head := "0a10" + hex.EncodeToString(filled(1, 16)) + "12026e31" + "1880acb7cbb733" + "2226" + "0807" + "1220" + hex.EncodeToString(filled(2, 32)) + "1801"
	for name, tc := range map[string]struct {
		fill func(*eventpb.Entry)
		tail string
	}{
		"nothing":      {func(*eventpb.Entry) {}, ""},
		"barrier":      {func(e *eventpb.Entry) { e.Own = &eventpb.Entry_Barrier{Barrier: &eventpb.Barrier{}} }, "3200"},
		"events":       {func(e *eventpb.Entry) { e.Events = [][]byte{{0xaa}, {0xbb, 0xcc}} }, "5201aa5202bbcc"},
		"import":       {func(e *eventpb.Entry) { e.Own = pieceEntry(300, true, []byte{0xaa}).GetOwn() }, "3a08" + "08ac02" + "1001" + "1a01aa"},
		"seal":         {func(e *eventpb.Entry) { e.Own = sealEntry("b:1").GetOwn() }, "4205" + "0a03623a31"},
		"unseal":       {func(e *eventpb.Entry) { e.Own = unsealEntry().GetOwn() }, "4a00"},
		"announcement": {announce, "2a130a09686f73743a373430301202763118012002"},
	} {
		t.Run(name, func(t *testing.T) {
			e := plainEntry()
			tc.fill(e)
			data, err := encodeEntry(e)
			require.NoError(t, err)
			require.Equal(t, "01", hex.EncodeToString(data[:1]))
			require.Equal(t, golden[name], hex.EncodeToString(data[1:5]), "checksum")
			require.Equal(t, head+tc.tail, hex.EncodeToString(data[5:]))
			back, err := decodeEntry(data)
			require.NoError(t, err)
			require.True(t, proto.Equal(e, back))
		})
	}
}

// golden are the checksums of TestEnvelopeBytes.
var golden = map[string]string{
	"nothing":      "4e6a9177",
	"barrier":      "facd8297",
	"events":       "89eea1a8",
	"announcement": "4443af00",
	"import":       "f41a6fb2",
	"seal":         "d43d84ee",
	"unseal":       "c5dacfb5",
}

func announce(e *eventpb.Entry) {
	e.Own = &eventpb.Entry_Announcement{Announcement: &eventpb.Announcement{
		ApiAddress: "host:7400", Version: "v1", FeatureMin: 1, FeatureMax: 2,
	}}
}

func TestEnvelopeIsRefused(t *testing.T) {
	good, err := encodeEntry(plainEntry())
	require.NoError(t, err)
	changed := func(change func(*eventpb.Entry)) []byte {
		e := plainEntry()
		change(e)
		data, err := encodeEntry(e)
		require.NoError(t, err)
		return data
	}
	unknown := protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1)
	for name, tc := range map[string]struct {
		data []byte
		why  string
	}{
		"empty":        {nil, "too short"},
		"cut":          {good[:len(good)-1], "checksum"},
		"flipped":      {append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1), "checksum"},
		"newer format": {append([]byte{2}, good[1:]...), "envelope format 2"},
		"unknown field": {changed(func(e *eventpb.Entry) {
			e.ProtoReflect().SetUnknown(unknown)
		}), "Entry has a field"},
		"unknown field below": {changed(func(e *eventpb.Entry) {
			e.Witness.ProtoReflect().SetUnknown(unknown)
		}), "Witness has a field"},
		"short id":      {changed(func(e *eventpb.Entry) { e.Id = e.Id[:15] }), "id of 15 bytes"},
		"no node":       {changed(func(e *eventpb.Entry) { e.Node = "" }), "node id"},
		"short digest":  {changed(func(e *eventpb.Entry) { e.Witness.Digest = nil }), "digest of 0 bytes"},
		"own and event": {changed(func(e *eventpb.Entry) { announce(e); e.Events = [][]byte{{1}} }), "has events"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeEntry(tc.data)
			require.ErrorContains(t, err, tc.why)
		})
	}
}

func TestLargestEventsFitIntoAnEntry(t *testing.T) {
	e := plainEntry()
	e.Node = string(filled('n', maxNodeID))
	e.ClockMs, e.Witness.Revision = -1, 1<<63
	const one = 1 << 20
	e.Events = [][]byte{filled(1, one), filled(1, maxEventBytes-one-2*eventOverhead)}
	data, err := encodeEntry(e)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), sdk.MaxEntrySize)
}

func FuzzDecodeEntry(f *testing.F) {
	for _, fill := range []func(*eventpb.Entry){func(*eventpb.Entry) {}, announce} {
		e := plainEntry()
		fill(e)
		data, err := encodeEntry(e)
		require.NoError(f, err)
		f.Add(data[envelopeHead:])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = decodeEntry(body)
		e, err := decodeEntry(sealed(body))
		if err != nil {
			return
		}
		data, err := encodeEntry(e)
		require.NoError(t, err)
		again, err := decodeEntry(data)
		require.NoError(t, err)
		require.True(t, proto.Equal(e, again))
	})
}

// sealed puts a right head before any body.
func sealed(body []byte) []byte {
	data := append(make([]byte, envelopeHead), body...)
	seal(data)
	return data
}
