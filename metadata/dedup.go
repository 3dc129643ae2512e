package metadata

import (
	"encoding/binary"
	"math/bits"
)

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
	byID   requestIndex
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
func (rs *requests) get(id RequestID) *request { return rs.byID.get(id) }

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
	rs.byID.put(generation, r)
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
	rs.byID.remove(generation, r.result.Request)
	rs.bytes -= r.size
	rs.count--
	if revision%chunkSize == chunkSize-1 {
		rs.chunks.remove(revision / chunkSize)
	}
	return r
}

// requestIndex finds answers by request id: a hash table of fixed breadth, in
// two levels so that a change copies little of it.
type requestIndex struct {
	generation uint64
	root       *[indexFan]*indexNode
}

type indexNode struct {
	generation uint64
	leaves     [indexFan]*indexLeaf
}

// indexLeaf never changes.
type indexLeaf []indexSlot

type indexSlot struct {
	hash   uint64
	answer *request
}

// indexFan squared is the number of leaves: 16 answers each when full.
const indexFan = 64

func (x *requestIndex) get(id RequestID) *request {
	if x.root == nil {
		return nil
	}
	h := hashRequestID(id)
	n := x.root[h%indexFan]
	if n == nil {
		return nil
	}
	leaf := n.leaves[h/indexFan%indexFan]
	if i := leaf.find(h, id); i >= 0 {
		return (*leaf)[i].answer
	}
	return nil
}

func (x *requestIndex) put(generation uint64, r *request) {
	h := hashRequestID(r.result.Request)
	place := x.placeToChange(generation, h)
	*place = (*place).with(indexSlot{h, r})
}

func (x *requestIndex) remove(generation uint64, id RequestID) {
	h := hashRequestID(id)
	place := x.placeToChange(generation, h)
	if i := (*place).find(h, id); i >= 0 {
		*place = (*place).without(i)
	}
}

// placeToChange is where the leaf of a hash hangs, in a node of this generation.
func (x *requestIndex) placeToChange(generation, h uint64) **indexLeaf {
	if x.root == nil || x.generation != generation {
		root := new([indexFan]*indexNode)
		if x.root != nil {
			*root = *x.root
		}
		x.generation, x.root = generation, root
	}
	n := x.root[h%indexFan]
	if n == nil || n.generation != generation {
		fresh := new(indexNode)
		if n != nil {
			*fresh = *n
		}
		fresh.generation = generation
		n = fresh
		x.root[h%indexFan] = n
	}
	return &n.leaves[h/indexFan%indexFan]
}

// find returns -1 if there is none.
func (l *indexLeaf) find(h uint64, id RequestID) int {
	if l == nil {
		return -1
	}
	for i, slot := range *l {
		if slot.hash == h && slot.answer.result.Request == id {
			return i
		}
	}
	return -1
}

func (l *indexLeaf) with(slot indexSlot) *indexLeaf {
	if l == nil {
		return &indexLeaf{slot}
	}
	more := append(make(indexLeaf, 0, len(*l)+1), *l...)
	more = append(more, slot)
	return &more
}

func (l *indexLeaf) without(i int) *indexLeaf {
	fewer := append(make(indexLeaf, 0, len(*l)-1), (*l)[:i]...)
	fewer = append(fewer, (*l)[i+1:]...)
	return &fewer
}

// hashRequestID spreads ids that differ in few bits, such as counters.
func hashRequestID(id RequestID) uint64 {
	a, b := binary.LittleEndian.Uint64(id[:8]), binary.LittleEndian.Uint64(id[8:])
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	h := hi ^ lo ^ b
	hi, lo = bits.Mul64(h^0xe7037ed1a0b428db, 0xa0761d6478bd642f)
	return hi ^ lo
}
