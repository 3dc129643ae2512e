package metadata

import "io"

// The state part of a snapshot is a stream of items in frames. An item is a
// header, the encoding of a record, or the end; it has its length in front and
// may cross frames. A frame is length, CRC-32C and at most frameSize bytes.
//
// Its bytes follow from the state alone: header, topics by name, each before
// its partitions, brokers, configurations, requests from the oldest, groups,
// each before its offsets and those in open transactions, transactions,
// segments, end.
const (
	snapshotFormat = 1
	snapshotMagic  = "metalog"

	tagHeader = 0xf0
	tagEnd    = 0xf1
)

// WriteTo writes the state part of a snapshot: the same bytes for the same
// state, on every node. It takes no lock and any goroutine may call it while
// the apply goroutine goes on; it holds one frame in memory. The error is w's.
func (s *State) WriteTo(w io.Writer) (int64, error) {
	f := &frameWriter{w: w, buf: make([]byte, 0, 2*frameSize)}
	s.writeItems(f)
	f.flush()
	return f.written, f.err
}

func (s *State) writeItems(f *frameWriter) {
	var e encoder
	writeItem(f, &e, encodeHeader, s)
	for t := range s.topics.all() {
		writeItem(f, &e, encodeTopic, t.topic)
		for p := range t.partitions() {
			writeItem(f, &e, encodePartition, p)
		}
	}
	for b := range s.brokers.all() {
		writeItem(f, &e, encodeBroker, b)
	}
	for c := range s.configs.all() {
		writeItem(f, &e, encodeConfig, c)
	}
	for rev := s.requests.floor + 1; rev <= s.revision && f.err == nil; rev++ {
		writeItem(f, &e, encodeRequest, &s.requests.at(rev).result)
	}
	for g := range s.groups.all() {
		writeItem(f, &e, encodeGroup, g.group)
		for o := range g.offsets.all() {
			writeItem(f, &e, encodeOffset, o)
		}
		for o := range g.pending.all() {
			writeItem(f, &e, encodePending, o)
		}
	}
	for t := range s.transactions.all() {
		writeItem(f, &e, encodeTransaction, t)
	}
	for seg := range s.segments.all() {
		writeItem(f, &e, encodeSegment, seg)
	}
	writeItem(f, &e, encodeEnd, s.Digest())
}

func writeItem[T any](f *frameWriter, e *encoder, encode func(*encoder, T), item T) {
	if f.err != nil {
		return
	}
	e.reset()
	encode(e, item)
	f.item(e.buf)
}

func encodeHeader(e *encoder, s *State) {
	e.uint(tagHeader)
	e.buf = append(e.buf, snapshotMagic...)
	e.uint(snapshotFormat)
	e.uint(DigestVersion)
	s.encodeScalars(e)
}

func encodeEnd(e *encoder, d Digest) {
	e.uint(tagEnd)
	e.id([16]byte(d[:16]))
	e.id([16]byte(d[16:]))
}
