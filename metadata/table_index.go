package metadata

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// index finds values by the hash of a key: a tree of fan indexFan on the bits
// of the hash, copied where a draft changes it. It is quicker than a sorted
// table and has no order; hashes may meet, so the caller says which value it
// means. Nothing that anybody can see depends on its form.
type index[V any] struct {
	root *indexNode[V]
}

// indexNode is a branch if it has kids, else a leaf. Once published it never
// changes; a draft changes those of its own generation in place.
type indexNode[V any] struct {
	generation uint64
	kids       *[indexFan]*indexNode[V]
	slots      []indexSlot[V]
}

type indexSlot[V any] struct {
	hash  uint32
	value V
}

const (
	indexBits  = 4
	indexFan   = 1 << indexBits
	indexDepth = 32 // bits of a hash
	indexLeaf  = 32 // slots beyond which a leaf becomes a branch
)

// get returns the value with this hash that match takes.
func (x index[V]) get(hash uint32, match func(V) bool) (v V, ok bool) {
	n := x.root
	for at := hash; n != nil; at >>= indexBits {
		if n.kids != nil {
			n = n.kids[at%indexFan]
			continue
		}
		if i := n.find(hash, match); i >= 0 {
			return n.slots[i].value, true
		}
		break
	}
	return v, false
}

// put adds v, or puts it into the place of the one that match takes.
func (x *index[V]) put(generation uint64, hash uint32, v V, match func(V) bool) {
	place, depth := x.leafToChange(generation, hash)
	leaf := *place
	if i := leaf.find(hash, match); i >= 0 {
		leaf.slots[i].value = v
		return
	}
	*place = leaf.with(indexSlot[V]{hash, v}, depth)
}

// add adds v, whose key isn't there but in a value that stale takes. Stale ones
// near by are dropped: so they needn't be removed one by one.
func (x *index[V]) add(generation uint64, hash uint32, v V, stale func(V) bool) {
	place, depth := x.leafToChange(generation, hash)
	leaf := *place
	leaf.slots = slices.DeleteFunc(leaf.slots, func(s indexSlot[V]) bool { return stale(s.value) })
	*place = leaf.with(indexSlot[V]{hash, v}, depth)
}

// remove takes out the value that match takes, if there is one.
func (x *index[V]) remove(generation uint64, hash uint32, match func(V) bool) {
	place, _ := x.leafToChange(generation, hash)
	leaf := *place
	i := leaf.find(hash, match)
	if i < 0 {
		return
	}
	last := len(leaf.slots) - 1
	leaf.slots[i] = leaf.slots[last]
	leaf.slots[last] = indexSlot[V]{}
	leaf.slots = leaf.slots[:last]
	if last == 0 {
		*place = nil
	}
}

// leafToChange is where the leaf for hash hangs, which belongs to the
// generation as all above it do, and how many bits lead there.
func (x *index[V]) leafToChange(generation uint64, hash uint32) (place **indexNode[V], depth int) {
	place = &x.root
	for {
		n := (*place).ownedBy(generation)
		*place = n
		if n.kids == nil {
			return place, depth
		}
		place = &n.kids[hash>>depth%indexFan]
		depth += indexBits
	}
}

func (n *indexNode[V]) ownedBy(generation uint64) *indexNode[V] {
	switch {
	case n == nil:
		return &indexNode[V]{generation: generation}
	case n.generation == generation:
		return n
	case n.kids != nil:
		return newIndexBranch(generation, n.kids)
	}
	slots := make([]indexSlot[V], len(n.slots), len(n.slots)+1)
	copy(slots, n.slots)
	return &indexNode[V]{generation: generation, slots: slots}
}

// newIndexBranch makes the node and the room for its kids in one piece.
func newIndexBranch[V any](generation uint64, kids *[indexFan]*indexNode[V]) *indexNode[V] {
	branch := &struct {
		node indexNode[V]
		kids [indexFan]*indexNode[V]
	}{}
	if kids != nil {
		branch.kids = *kids
	}
	branch.node = indexNode[V]{generation: generation, kids: &branch.kids}
	return &branch.node
}

// with is the leaf that depth bits lead to with one slot more.
func (n *indexNode[V]) with(slot indexSlot[V], depth int) *indexNode[V] {
	n.slots = append(n.slots, slot)
	if len(n.slots) > indexLeaf && depth+indexBits < indexDepth {
		return n.split(depth)
	}
	return n
}

// split makes a branch of a leaf that depth bits lead to.
func (n *indexNode[V]) split(depth int) *indexNode[V] {
	branch := newIndexBranch[V](n.generation, nil)
	for _, slot := range n.slots {
		kid := &branch.kids[slot.hash>>depth%indexFan]
		if *kid == nil {
			*kid = &indexNode[V]{generation: n.generation}
		}
		(*kid).slots = append((*kid).slots, slot)
	}
	return branch
}

// find returns -1 if there is none.
func (n *indexNode[V]) find(hash uint32, match func(V) bool) int {
	for i := range n.slots {
		if n.slots[i].hash == hash && match(n.slots[i].value) {
			return i
		}
	}
	return -1
}

// hashID spreads ids that differ in few bits, such as counters.
func hashID(id [16]byte) uint32 {
	h := mix(mix(binary.LittleEndian.Uint64(id[:8]), 1), binary.LittleEndian.Uint64(id[8:]))
	return uint32(h ^ h>>32)
}

func hashText(s string) uint32 {
	h := uint64(len(s))
	for len(s) >= 8 {
		h = mix(h, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
		s = s[8:]
	}
	var rest uint64
	for i := range len(s) {
		rest |= uint64(s[i]) << (8 * i)
	}
	h = mix(h, rest)
	return uint32(h ^ h>>32)
}

// mix folds the 128-bit product of both, each made odd in its own way so that
// zeros count.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd6e8feb86659fd93)
	return hi ^ lo
}
