package metadata

import "iter"

// topicEntry is a topic with its partitions, in chunks of chunkSize: those are
// dense, from 0, and only grow. Once published an entry never changes; a draft
// changes entries of its own generation in place.
type topicEntry struct {
	generation uint64
	topic      *Topic
	first      partitionChunk // all that most topics need
	more       []partitionChunk
	count      int32
}

// partitionChunk holds chunkSize consecutive partitions, the last one fewer.
type partitionChunk struct {
	generation uint64
	slots      []partitionSlot
}

// partitionSlot has the leader at hand: it is asked for most, and is one cache
// miss nearer than the partition.
type partitionSlot struct {
	partition *Partition
	leader    int32
}

const chunkSize = 64

// slot returns nil if there is no such partition.
func (e *topicEntry) slot(i int32) *partitionSlot {
	switch {
	case i < 0 || i >= e.count:
		return nil
	case i < chunkSize:
		return &e.first.slots[i]
	default:
		return &e.more[i/chunkSize-1].slots[i%chunkSize]
	}
}

// partition returns nil if there is none.
func (e *topicEntry) partition(i int32) *Partition {
	if s := e.slot(i); s != nil {
		return s.partition
	}
	return nil
}

// partitions goes through them from 0.
func (e *topicEntry) partitions() iter.Seq[*Partition] {
	return func(yield func(*Partition) bool) {
		for i := range e.count {
			if !yield(e.slot(i).partition) {
				return
			}
		}
	}
}

// copyFor is e for a draft of the given generation to change.
func (e *topicEntry) copyFor(generation uint64) *topicEntry {
	own := *e
	own.generation = generation
	if len(e.more) > 0 {
		own.more = append(make([]partitionChunk, 0, len(e.more)+1), e.more...)
	}
	return &own
}

// set puts p into its place, which is at most one past the last. e must be of
// the draft's own generation.
func (e *topicEntry) set(p *Partition) {
	c := e.chunkToChange(p.Index / chunkSize)
	if at := int(p.Index % chunkSize); at < len(c.slots) {
		c.slots[at] = partitionSlot{p, p.Leader}
		return
	}
	c.slots = append(c.slots, partitionSlot{p, p.Leader})
	e.count++
}

// chunkToChange is the chunk, maybe a new one, with slots of e's generation.
func (e *topicEntry) chunkToChange(i int32) *partitionChunk {
	if int(i) > len(e.more) {
		e.more = append(e.more, partitionChunk{})
	}
	c := &e.first
	if i > 0 {
		c = &e.more[i-1]
	}
	if c.slots == nil || c.generation != e.generation {
		room := min(max(e.topic.Partitions-i*chunkSize, 1), chunkSize)
		c.slots = append(make([]partitionSlot, 0, room), c.slots...)
		c.generation = e.generation
	}
	return c
}
