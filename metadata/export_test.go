package metadata

import (
	"bytes"
	"crypto/sha256"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// WithRequestLimits is s with other bounds on the answers it keeps.
func (s *State) WithRequestLimits(entries, bytes int) *State {
	next := *s
	next.requests.limits = requestLimits{entries: entries, bytes: bytes}
	return &next
}

// WithFeatureLevel is s at another feature level.
func (s *State) WithFeatureLevel(level uint32) *State {
	next := *s
	next.featureLevel = level
	return &next
}

// WithNextProducerID is s as if all producer ids below next had been handed out.
func (s *State) WithNextProducerID(next int64) *State {
	changed := *s
	changed.producerIDs = uint64(next)
	return &changed
}

// RequestBytes is how much room the answers kept take when encoded.
func (s *State) RequestBytes() int { return s.requests.bytes }

// Stored is the answer kept under a request id, as it was given first.
func (s *State) Stored(id RequestID) (Result, bool) {
	r := s.requests.get(id)
	if r == nil {
		return Result{}, false
	}
	return r.answer(id, r.result.Fingerprint)
}

// DigestFromScratch is the digest computed from all records.
func (s *State) DigestFromScratch() Digest {
	next := *s
	next.sum = digestSum{}
	for _, record := range s.Records() {
		next.sum.add(sha256.Sum256(record))
	}
	return next.Digest()
}

// Recode decodes a record's encoding and encodes it again.
func Recode(record []byte) (again []byte, err error) {
	d := decoder{buf: record}
	var e encoder
	switch d.uint() {
	case tagTopic:
		encodeTopic(&e, decodeTopic(&d))
	case tagPartition:
		encodePartition(&e, decodePartition(&d))
	case tagBroker:
		encodeBroker(&e, decodeBroker(&d))
	case tagConfig:
		encodeConfig(&e, decodeConfig(&d))
	case tagGroup:
		encodeGroup(&e, decodeGroup(&d))
	case tagOffset:
		encodeOffset(&e, decodeOffset(&d))
	case tagPending:
		encodePending(&e, decodePending(&d))
	case tagTransaction:
		encodeTransaction(&e, decodeTransaction(&d))
	case tagSegment:
		encodeSegment(&e, decodeSegment(&d))
	case tagRequest:
		r := decodeRequest(&d)
		encodeRequest(&e, &r)
	default:
		d.fail(errTag)
	}
	return e.buf, d.end()
}

// Records are the encodings of everything in s, in the order of a snapshot.
func (s *State) Records() [][]byte {
	var all bytes.Buffer
	f := &frameWriter{w: &all, buf: make([]byte, 0, 2*frameSize)}
	s.writeItems(f)
	f.flush()
	in := &frameReader{r: &all}
	var out [][]byte
	for {
		item, err := in.item()
		if err != nil {
			panic(err)
		}
		switch d := (decoder{buf: item}); d.uint() {
		case tagHeader:
		case tagEnd:
			return out
		default:
			out = append(out, bytes.Clone(item))
		}
	}
}

// CommandKind is the kind that goes into the fingerprint of a command; 0: this
// build doesn't know it.
func CommandKind(ev *eventpb.Event) uint64 {
	_, kind := commandOf(ev)
	return kind
}

// RecodePartition takes p through its encoding.
func RecodePartition(p *Partition) (*Partition, error) {
	var e encoder
	encodePartition(&e, p)
	d := decoder{buf: e.buf}
	d.uint()
	got := decodePartition(&d)
	return got, d.end()
}

// Index is an index of texts under hashes that a test chooses. A copy is
// another version of it.
type Index struct{ x index[string] }

func same(v string) func(string) bool { return func(w string) bool { return v == w } }

func (i *Index) Put(generation uint64, hash uint32, v string) { i.x.put(generation, hash, v, same(v)) }

func (i *Index) Add(generation uint64, hash uint32, v string, stale func(string) bool) {
	i.x.add(generation, hash, v, stale)
}

func (i *Index) Remove(generation uint64, hash uint32, v string) {
	i.x.remove(generation, hash, same(v))
}

func (i *Index) Has(hash uint32, v string) bool {
	_, ok := i.x.get(hash, same(v))
	return ok
}

// CheckOutcome holds an answer of ev and of its items against the table of
// outcomes, as if at revision 7.
func CheckOutcome(ev *eventpb.Event, code Code, items ...Code) {
	var r *refusal
	if code != CodeNone {
		r = refuse(code, "")
	}
	var failed []ItemError
	for i, item := range items {
		failed = append(failed, ItemError{int32(i), item})
	}
	checkOutcome(ev, 7, r, failed)
}
