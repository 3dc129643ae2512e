package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

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

// RequestBytes is how much room the answers kept take when encoded.
func (s *State) RequestBytes() int { return s.requests.bytes }

// DigestFromScratch is the digest computed from all records.
func (s *State) DigestFromScratch() Digest {
	next := *s
	next.sum = digestSum{}
	var e encoder
	for t := range s.topics.all() {
		next.sum.add(hashOf(&e, encodeTopic, t.topic))
		for p := range t.partitions() {
			next.sum.add(hashOf(&e, encodePartition, p))
		}
	}
	for b := range s.brokers.all() {
		next.sum.add(hashOf(&e, encodeBroker, b))
	}
	for c := range s.configs.all() {
		next.sum.add(hashOf(&e, encodeConfig, c))
	}
	for rev := s.requests.floor + 1; rev <= s.revision; rev++ {
		next.sum.add(hashOf(&e, encodeRequest, &s.requests.at(rev).result))
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
	case tagRequest:
		r := decodeRequest(&d)
		encodeRequest(&e, &r)
	default:
		d.fail(errTag)
	}
	return e.buf, d.end()
}

// Records are the encodings of everything in s.
func (s *State) Records() [][]byte {
	var out [][]byte
	keep := func(e *encoder) { out = append(out, append([]byte(nil), e.buf...)); e.reset() }
	var e encoder
	for t := range s.topics.all() {
		encodeTopic(&e, t.topic)
		keep(&e)
		for p := range t.partitions() {
			encodePartition(&e, p)
			keep(&e)
		}
	}
	for b := range s.brokers.all() {
		encodeBroker(&e, b)
		keep(&e)
	}
	for c := range s.configs.all() {
		encodeConfig(&e, c)
		keep(&e)
	}
	for rev := s.requests.floor + 1; rev <= s.revision; rev++ {
		encodeRequest(&e, &s.requests.at(rev).result)
		keep(&e)
	}
	return out
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
