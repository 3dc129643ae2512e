package metadata

import (
	"encoding/binary"
	"iter"
)

// groupEntry is a group with what was committed for it. Once published an entry
// never changes; a draft changes entries of its own generation in place.
type groupEntry struct {
	generation uint64
	group      *Group
	offsets    table[string, *Offset]        // by placeKey
	pending    table[string, *PendingOffset] // by pendingKey
}

func newGroupEntry(generation uint64, g *Group) *groupEntry {
	return &groupEntry{
		generation: generation, group: g,
		offsets: newTable[string, *Offset](), pending: newTable[string, *PendingOffset](),
	}
}

// copyFor is e for a draft of the given generation to change.
func (e *groupEntry) copyFor(generation uint64) *groupEntry {
	own := *e
	own.generation = generation
	own.offsets, own.pending = e.offsets.shared(), e.pending.shared()
	return &own
}

// placeLen is a topic id and a partition.
const placeLen = 16 + 4

// placeKey sorts by topic id, then partition.
func placeKey(k PartitionKey) string {
	var b [placeLen]byte
	copy(b[:], k.Topic[:])
	binary.BigEndian.PutUint32(b[16:], uint32(k.Partition))
	return string(b[:])
}

// pendingKey sorts by producer, then place.
func pendingKey(producer int64, k PartitionKey) string {
	var b [8 + placeLen]byte
	binary.BigEndian.PutUint64(b[:], uint64(producer))
	copy(b[8:], k.Topic[:])
	binary.BigEndian.PutUint32(b[8+16:], uint32(k.Partition))
	return string(b[:])
}

// pendingOf goes through what a producer has pending, by place.
func (e *groupEntry) pendingOf(producer int64) iter.Seq[*PendingOffset] {
	first := pendingKey(producer, PartitionKey{})
	return func(yield func(*PendingOffset) bool) {
		e.pending.tree.Ascend(first, func(_ string, o *PendingOffset) bool {
			return o.ProducerID == producer && yield(o)
		})
	}
}

// producers goes through those that have something pending, in order.
func (e *groupEntry) producers() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		next, more := "", true
		one := func(_ string, o *PendingOffset) bool {
			next, more = pendingKey(o.ProducerID+1, PartitionKey{}), yield(o.ProducerID)
			return false
		}
		for more {
			more = false
			e.pending.tree.Ascend(next, one)
		}
	}
}

// unstable reports whether an open transaction may still change the offset.
func (e *groupEntry) unstable(k PartitionKey) bool {
	for producer := range e.producers() {
		if e.pending.get(pendingKey(producer, k)) != nil {
			return true
		}
	}
	return false
}
