package metadata

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// DigestVersion changes with the canonical encoding or the way of summing. Only
// digests of one version can be compared.
const DigestVersion = 1

// digestSum is the additive part of the digest (G13): the sum modulo 2^256 of
// the hashes of all records, so that a change costs its own records only.
// Least significant word first.
type digestSum [4]uint64

type recordHash [sha256.Size]byte

func (s *digestSum) add(h recordHash) {
	var carry uint64
	for i := range s {
		s[i], carry = bits.Add64(s[i], binary.LittleEndian.Uint64(h[8*i:]), carry)
	}
}

func (s *digestSum) subtract(h recordHash) {
	var borrow uint64
	for i := range s {
		s[i], borrow = bits.Sub64(s[i], binary.LittleEndian.Uint64(h[8*i:]), borrow)
	}
}

// Digest is the whole state in 32 bytes (G13): equal states have equal ones, on
// every node, behind every backend and through every snapshot. Any goroutine
// may ask; it takes the same short time whatever the state's size.
func (s *State) Digest() Digest {
	var e encoder
	e.buf = make([]byte, 0, 96)
	e.uint(DigestVersion)
	for _, word := range s.sum {
		e.buf = binary.LittleEndian.AppendUint64(e.buf, word)
	}
	s.encodeScalars(&e)
	return sha256.Sum256(e.buf)
}

func (s *State) encodeScalars(e *encoder) {
	e.uint(s.revision)
	e.int(s.lastMS)
	e.uint(uint64(s.featureLevel))
	e.uint(s.producerIDs)
	e.uint(s.requests.floor)
}

func (s *State) decodeScalars(d *decoder) {
	s.revision = d.uint()
	s.lastMS = d.int()
	s.featureLevel = d.uint32()
	s.producerIDs = d.uint()
	s.requests.floor = d.uint()
}
