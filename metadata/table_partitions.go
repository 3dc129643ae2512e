package metadata

import "iter"

// topicEntry is a topic with its partitions. Once published it never changes;
// a draft changes entries of its own generation in place.
type topicEntry struct {
	generation uint64
	topic      *Topic
	chunks     []partitionChunk
	count      int32 // of partitions: dense, from 0; only grows
}

// partitionChunk holds chunkSize consecutive partitions, the last one fewer.
type partitionChunk struct {
	generation uint64
	partitions []*Partition
}

const chunkSize = 64

// partition returns nil if there is none.
func (e *topicEntry) partition(i int32) *Partition {
	if i < 0 || i >= e.count {
		return nil
	}
	return e.chunks[i/chunkSize].partitions[i%chunkSize]
}

// partitions goes through them from 0.
func (e *topicEntry) partitions() iter.Seq[*Partition] {
	return func(yield func(*Partition) bool) {
		for i := range e.chunks {
			for _, p := range e.chunks[i].partitions {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// copyFor is e for a draft of the given generation to change.
func (e *topicEntry) copyFor(generation uint64) *topicEntry {
	return &topicEntry{
		generation: generation,
		topic:      e.topic,
		chunks:     append(make([]partitionChunk, 0, len(e.chunks)+1), e.chunks...),
		count:      e.count,
	}
}

// set puts p into its place, which is at most one past the last. e must be of
// the draft's own generation.
func (e *topicEntry) set(p *Partition) {
	c := e.chunkFor(p.Index / chunkSize)
	if at := int(p.Index % chunkSize); at < len(c.partitions) {
		c.partitions[at] = p
		return
	}
	c.partitions = append(c.partitions, p)
	e.count++
}

// chunkFor is the chunk to change, the next one if there is none yet.
func (e *topicEntry) chunkFor(i int32) *partitionChunk {
	if int(i) == len(e.chunks) {
		expected := min(max(e.topic.Partitions-i*chunkSize, 1), chunkSize)
		e.chunks = append(e.chunks, partitionChunk{e.generation, make([]*Partition, 0, expected)})
	}
	c := &e.chunks[i]
	if c.generation != e.generation {
		room := make([]*Partition, 0, min(len(c.partitions)+1, chunkSize))
		*c = partitionChunk{e.generation, append(room, c.partitions...)}
	}
	return c
}
