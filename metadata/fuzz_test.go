package metadata_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/metadata"
)

// FuzzDecode: what is taken for an event can be written, read and applied again.
func FuzzDecode(f *testing.F) {
	for _, ev := range append(script(20), everyNoun()...) {
		raw, err := metadata.Encode(stamped(ev, 1, 0, 1))
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		ev, err := metadata.Decode(raw)
		if err != nil {
			require.ErrorIs(t, err, metadata.ErrHalt)
			return
		}
		again, err := metadata.Encode(ev)
		if len(raw) <= metadata.MaxEventSize {
			require.NoError(t, err)
			same, err := metadata.Decode(again)
			require.NoError(t, err)
			require.True(t, proto.Equal(ev, same))
		}
		s := metadata.Genesis()
		checked := s.Check(ev)
		d := s.Draft()
		res, err := d.Apply(ev)
		require.NoError(t, err)
		if ev.GetFirstRevision() == 0 {
			require.Equal(t, checked.Code, res.Code)
		}
		after := d.State()
		require.Equal(t, after.DigestFromScratch(), after.Digest())
	})
}

// FuzzReadState: bytes either are a state's snapshot or an error. A second form
// has its checksums made good, so that the fuzzer gets past them.
func FuzzReadState(f *testing.F) {
	l := newLine(metadata.Genesis())
	f.Add(snapshot(f, l.state), false)
	for _, ev := range append(script(20), everyNoun()...) {
		l.do(f, ev)
	}
	f.Add(snapshot(f, l.state), false)
	f.Add(snapshot(f, l.state), true)
	f.Fuzz(func(t *testing.T, b []byte, repair bool) {
		if repair {
			b = repaired(b)
		}
		r := bytes.NewReader(b)
		s, err := metadata.ReadState(r)
		if err != nil {
			return
		}
		require.Equal(t, s.DigestFromScratch(), s.Digest())
		require.Equal(t, b[:len(b)-r.Len()], snapshot(t, s), "there is one form of every state")
	})
}

// repaired is b with the checksum of every frame computed anew.
func repaired(b []byte) []byte {
	b = bytes.Clone(b)
	for rest := b; len(rest) > 8; {
		n := min(int(binary.BigEndian.Uint32(rest)), len(rest)-8)
		if n <= 0 {
			break
		}
		body := rest[8 : 8+n]
		binary.BigEndian.PutUint32(rest[4:], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
		rest = rest[8+n:]
	}
	return b
}

// FuzzRecord: a record has one encoding only.
func FuzzRecord(f *testing.F) {
	l := newLine(metadata.Genesis())
	for _, ev := range append(script(58), everyNoun()...) {
		l.do(f, ev)
	}
	for _, record := range l.state.Records() {
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		again, err := metadata.Recode(record)
		if err == nil {
			require.Equal(t, record, again)
		}
	})
}
