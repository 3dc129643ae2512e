package metadata

import (
	"crypto/sha256"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// FingerprintOf is what ev asks for, hashed: the kind and what the caller said,
// without what a host stamps. It is zero for an event without a known command.
// Any goroutine may call it.
func FingerprintOf(ev *eventpb.Event) Fingerprint {
	c, kind := commandOf(ev)
	if c == nil {
		return Fingerprint{}
	}
	var e encoder
	return fingerprint(&e, kind, c)
}

// fingerprint leaves the canonical encoding and its tallies in e.
func fingerprint(e *encoder, kind uint64, c command) Fingerprint {
	e.reset()
	e.uint(kind)
	c.encode(e)
	sum := sha256.Sum256(e.buf)
	return Fingerprint(sum[:len(Fingerprint{})])
}
