package metadata

// request is a stored answer.
type request struct {
	result Result
	hash   recordHash // of its encoding, to take it out of the digest again
	size   int        // of its encoding
}

// requests keeps the answers of the latest events, one each: those of the
// revisions after the floor. Like a table it is copied as a whole for a draft,
// which then makes its own of what it changes.
type requests struct {
	limits requestLimits
	bytes  int // encoded, of those kept
	byID   index[*request]
	chunks table[uint64, *requestChunk] // by revision / chunkSize
	count  int
}

// requestChunk holds the answers of chunkSize consecutive revisions. Those
// evicted stay in memory until the whole chunk is.
type requestChunk struct {
	generation uint64
	answers    [chunkSize]*request
}

func newRequests() requests {
	return requests{limits: protocolLimits(), chunks: newTable[uint64, *requestChunk]()}
}

func (rs *requests) len() int { return rs.count }

// get returns nil if the answer isn't kept.
func (rs *requests) get(id RequestID) *request {
	r, _ := rs.byID.get(hashID(id), isRequest(id))
	return r
}

// at returns the answer of a revision that is kept.
func (rs *requests) at(revision uint64) *request {
	return rs.chunks.get(revision / chunkSize).answers[revision%chunkSize]
}

// put keeps r, whose revision follows the last one's.
func (rs *requests) put(generation uint64, r *request) {
	key := r.result.Revision / chunkSize
	c := rs.chunks.get(key)
	if c == nil || c.generation != generation {
		fresh := &requestChunk{generation: generation}
		if c != nil {
			fresh.answers = c.answers
		}
		c = fresh
		rs.chunks.set(key, c)
	}
	c.answers[r.result.Revision%chunkSize] = r
	id := r.result.Request
	rs.byID.put(generation, hashID(id), r, isRequest(id))
	rs.bytes += r.size
	rs.count++
}

// full reports whether the oldest answer must go.
func (rs *requests) full() bool {
	return rs.count > rs.limits.entries || rs.bytes > rs.limits.bytes
}

// evict forgets the oldest answer, whose revision is given.
func (rs *requests) evict(generation, revision uint64) *request {
	r := rs.at(revision)
	id := r.result.Request
	rs.byID.remove(generation, hashID(id), isRequest(id))
	rs.bytes -= r.size
	rs.count--
	if revision%chunkSize == chunkSize-1 {
		rs.chunks.remove(revision / chunkSize)
	}
	return r
}

func isRequest(id RequestID) func(*request) bool {
	return func(r *request) bool { return r.result.Request == id }
}
