package metadata

// request is a stored answer.
type request struct {
	result Result
	hash   recordHash // of its encoding, to take it out of the digest again
	size   int        // of its encoding
}

// settles is the other request that the answer is for as well: one that was
// settled before it came. Zero: none is.
func (r *request) settles() RequestID {
	if s := r.result.Response.Settled; s != nil && s.Code == CodeOperationNotAttempted && s.Revision == r.result.Revision {
		return s.Request
	}
	return RequestID{}
}

// answer is what a request with this id and fingerprint gets; not ok: the id
// belongs to a request that asked for something else. A settled request may have
// asked for anything.
func (r *request) answer(id RequestID, fp Fingerprint) (res Result, ok bool) {
	if id == r.result.Request {
		return r.result, fp == r.result.Fingerprint
	}
	res = *r.result.Response.Settled
	res.Fingerprint = fp
	return res, true
}

// requests keeps the answers of the latest events, one each: those of the
// revisions after the floor. Like a table it is copied as a whole for a draft,
// which then makes its own of what it changes.
type requests struct {
	floor  uint64 // the highest revision whose answer was evicted
	count  int
	bytes  int // encoded, of those kept
	limits requestLimits
	chunks table[uint64, *requestChunk] // by revision / chunkSize
	byID   index[uint32]                // the revision's low bits, also of some evicted
}

// requestChunk holds the answers of chunkSize consecutive revisions. It is
// shared by all states since its first answer: one is written once, behind those
// that any published state reaches. Answers that were evicted stay until the
// whole chunk goes.
type requestChunk struct {
	used    uint64 // the next slot to write; only the apply goroutine asks
	answers [chunkSize]request
}

func newRequests() requests {
	return requests{limits: protocolLimits(), chunks: newTable[uint64, *requestChunk]()}
}

func (rs requests) shared() requests {
	rs.chunks = rs.chunks.shared()
	return rs
}

// get returns nil if the answer isn't kept.
func (rs *requests) get(id RequestID) (found *request) {
	rs.byID.get(hashID(id), func(low uint32) bool {
		if rs.evicted(low) {
			return false
		}
		r := rs.at(rs.floor + uint64(low-uint32(rs.floor)))
		if r.result.Request != id && (r.settles() != id || id.IsZero()) {
			return false
		}
		found = r
		return true
	})
	return found
}

// evicted reports whether a revision with these low bits isn't kept. One that
// was evicted ages ago may look as if it were; its request id won't.
func (rs *requests) evicted(low uint32) bool {
	age := low - uint32(rs.floor)
	return age == 0 || age > uint32(rs.count)
}

// at returns the answer of a revision that is kept.
func (rs *requests) at(revision uint64) *request {
	return &rs.chunks.get(revision / chunkSize).answers[revision%chunkSize]
}

// place is where the answer of a revision goes, which follows the last one's.
// What is written there is kept once put is called with it.
func (rs *requests) place(revision uint64) *request {
	return &rs.chunkFor(revision).answers[revision%chunkSize]
}

func (rs *requests) put(generation uint64, r *request) {
	revision := r.result.Revision
	rs.chunkFor(revision).used++
	rs.bytes += r.size
	rs.count++ // first: what isn't counted looks evicted, and the second add would drop the first
	rs.byID.add(generation, hashID(r.result.Request), uint32(revision), rs.evicted)
	if settled := r.settles(); !settled.IsZero() {
		rs.byID.add(generation, hashID(settled), uint32(revision), rs.evicted)
	}
}

// chunkFor is the chunk to write the answer of a revision to. If another draft
// of the same state wrote there, this one gets a chunk of its own.
func (rs *requests) chunkFor(revision uint64) *requestChunk {
	c := rs.chunks.get(revision / chunkSize)
	if c != nil && c.used == revision%chunkSize {
		return c
	}
	own := &requestChunk{used: revision % chunkSize}
	if c != nil {
		own.answers = c.answers
	}
	rs.chunks.set(revision/chunkSize, own)
	return own
}

// full reports whether the oldest answer must go.
func (rs *requests) full() bool {
	return rs.count > rs.limits.entries || rs.bytes > rs.limits.bytes
}

// evict forgets the oldest answer and returns it.
func (rs *requests) evict() *request {
	rs.floor++
	r := rs.at(rs.floor)
	rs.bytes -= r.size
	rs.count--
	if rs.floor%chunkSize == chunkSize-1 {
		rs.chunks.remove(rs.floor / chunkSize)
	}
	return r
}
