package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// An envelope is what an entry holds: a format byte, the CRC-32C of the rest in
// little endian, and an eventpb.Entry. It is durable: bytes once written must
// be readable for ever, so a change needs a new format.
const (
	envelopeFormat = 1
	envelopeHead   = 1 + 4

	// entryOverhead bounds everything in an envelope but its events: head, id,
	// clock and witness, and a node id of the largest size.
	entryOverhead = 1024
	// eventOverhead bounds the tag and length before one event.
	eventOverhead = 6
	// maxEventBytes is what the events of one entry may take together.
	maxEventBytes = sdk.MaxEntrySize - entryOverhead
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type entryID [16]byte

// encodeEntry writes an envelope. The same entry gives the same bytes.
func encodeEntry(e *eventpb.Entry) ([]byte, error) {
	buf := make([]byte, envelopeHead, envelopeHead+proto.Size(e))
	buf, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(buf, e)
	if err != nil {
		return nil, fmt.Errorf("encode an entry: %w", err)
	}
	seal(buf)
	return buf, nil
}

// seal fills in the head of an envelope.
func seal(data []byte) {
	data[0] = envelopeFormat
	binary.LittleEndian.PutUint32(data[1:], crc32.Checksum(data[envelopeHead:], castagnoli))
}

// decodeEntry reads an envelope and refuses whatever this build doesn't know
// (G8). The events in it are decoded by metadata.
func decodeEntry(data []byte) (*eventpb.Entry, error) {
	if len(data) < envelopeHead {
		return nil, fmt.Errorf("an entry of %d bytes is too short for an envelope", len(data))
	}
	if data[0] != envelopeFormat {
		return nil, fmt.Errorf("envelope format %d: this build reads format %d", data[0], envelopeFormat)
	}
	if want, got := binary.LittleEndian.Uint32(data[1:]), crc32.Checksum(data[envelopeHead:], castagnoli); got != want {
		return nil, fmt.Errorf("the entry's checksum is %08x and its bytes give %08x", want, got)
	}
	e := new(eventpb.Entry)
	if err := proto.Unmarshal(data[envelopeHead:], e); err != nil {
		return nil, fmt.Errorf("decode an entry: %w", err)
	}
	if name := unknownIn(e.ProtoReflect()); name != "" {
		return nil, fmt.Errorf("the entry's %s has a field that this build doesn't know", name)
	}
	return e, checkEntry(e)
}

func checkEntry(e *eventpb.Entry) error {
	switch w := e.GetWitness(); {
	case len(e.GetId()) != len(entryID{}):
		return fmt.Errorf("an entry id of %d bytes", len(e.GetId()))
	case e.GetNode() == "" || len(e.GetNode()) > maxNodeID:
		return fmt.Errorf("a node id of %d bytes", len(e.GetNode()))
	case w != nil && len(w.GetDigest()) != len(metadata.Digest{}):
		return fmt.Errorf("a digest of %d bytes", len(w.GetDigest()))
	case e.GetOwn() != nil && len(e.GetEvents()) > 0:
		return errors.New("an entry that a host made for itself has events")
	}
	return nil
}

// unknownIn names the message at any depth that has a field this build doesn't
// know; empty if there is none.
func unknownIn(m protoreflect.Message) (name string) {
	if len(m.GetUnknown()) > 0 {
		return string(m.Descriptor().Name())
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.Message() != nil {
			name = unknownIn(v.Message())
		}
		return name == ""
	})
	return name
}
