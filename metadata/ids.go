package metadata

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// TopicID is a topic's identity for ever: a name may be used again, an id not.
type TopicID [16]byte

// RequestID names one attempt to change something, through all its retries. It
// is unique in the cluster, not on a node: per-node counters collide.
type RequestID [16]byte

// Incarnation tells one start of a broker process from another.
type Incarnation [16]byte

// Fingerprint is what a caller asked for, hashed: a request id that comes back
// with another one is somebody's mistake (G7).
type Fingerprint [16]byte

// Digest is the whole state in 32 bytes (G13).
type Digest [32]byte

func (id TopicID) String() string     { return uuidText(id) }
func (id Incarnation) String() string { return uuidText(id) }
func (id RequestID) String() string   { return hex.EncodeToString(id[:]) }
func (d Digest) String() string       { return hex.EncodeToString(d[:]) }

// IsZero reports whether the id was never set.
func (id TopicID) IsZero() bool { return id == TopicID{} }

// IsZero reports whether the id was never set.
func (id RequestID) IsZero() bool { return id == RequestID{} }

// IsZero reports whether the id was never set.
func (id Incarnation) IsZero() bool { return id == Incarnation{} }

// ParseTopicID reads the form that String writes, with or without hyphens.
func ParseTopicID(s string) (TopicID, error) {
	b, err := parse16(s)
	return TopicID(b), err
}

// ParseIncarnation reads the form that String writes, with or without hyphens.
func ParseIncarnation(s string) (Incarnation, error) {
	b, err := parse16(s)
	return Incarnation(b), err
}

// ParseRequestID reads 32 hexadecimal digits.
func ParseRequestID(s string) (RequestID, error) {
	b, err := parse16(s)
	return RequestID(b), err
}

func uuidText(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func parse16(s string) (id [16]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(id) {
		return id, fmt.Errorf("id %q isn't 32 hexadecimal digits", s)
	}
	return [16]byte(b), nil
}
