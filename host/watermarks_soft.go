package host

import (
	"sync"

	"github.com/chronik-stream/metalog/metadata"
)

// watermarks are those that were set on this node (W1): in no log and in no
// snapshot, and gone with the process but for what is checkpointed. Any goroutine
// may use them.
type watermarks struct {
	mu      sync.RWMutex
	byPlace map[metadata.PartitionKey]watermark
	changed map[metadata.PartitionKey]struct{} // since the last checkpoint
}

type watermark struct {
	epoch  int32 // the leader's
	offset int64
}

func newWatermarks() *watermarks {
	return &watermarks{byPlace: make(map[metadata.PartitionKey]watermark), changed: make(map[metadata.PartitionKey]struct{})}
}

// set lets a mark grow within a leader epoch, and start anew in a later one.
func (m *watermarks) set(w metadata.Watermark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := metadata.PartitionKey{Topic: w.Topic, Partition: w.Partition}
	old, had := m.byPlace[at]
	if had && (w.LeaderEpoch < old.epoch || w.LeaderEpoch == old.epoch && w.HighWatermark <= old.offset) {
		return
	}
	m.byPlace[at] = watermark{w.LeaderEpoch, w.HighWatermark}
	m.changed[at] = struct{}{}
}

// offsets are a partition's ends: what was set here, unless a checkpoint of a
// later leader epoch says otherwise. Without either, the segments tell.
func (m *watermarks) offsets(s *metadata.State, p *metadata.Partition) metadata.PartitionOffsets {
	out := metadata.PartitionOffsets{HighWatermark: p.HighWatermark, LogStartOffset: p.LogStartOffset, Known: p.HighWatermark > 0}
	m.mu.RLock()
	set, had := m.byPlace[metadata.PartitionKey{Topic: p.Topic, Partition: p.Index}]
	m.mu.RUnlock()
	switch {
	case had && set.epoch > p.HighWatermarkEpoch:
		out.HighWatermark, out.Known = set.offset, true
	case had && set.epoch == p.HighWatermarkEpoch:
		out.HighWatermark, out.Known = max(set.offset, p.HighWatermark), true
	default:
		if end, ok := s.SegmentsEnd(p.Topic, p.Index); ok {
			out.HighWatermark, out.Known = max(p.HighWatermark, end), true
		}
	}
	out.HighWatermark = max(out.HighWatermark, p.LogStartOffset)
	return out
}

// due are the marks that were set since the last call and that the state would
// take, and forgets those of partitions that are gone. A mark of a leader epoch
// that the state hasn't come to stays for a later call.
func (m *watermarks) due(s *metadata.State) []metadata.Watermark {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []metadata.Watermark
	for at, set := range m.byPlace {
		p, err := s.PartitionByID(at.Topic, at.Partition)
		if err != nil {
			delete(m.byPlace, at)
			delete(m.changed, at)
			continue
		}
		if _, changed := m.changed[at]; !changed || set.epoch > p.LeaderEpoch {
			continue
		}
		delete(m.changed, at)
		if set.epoch == p.LeaderEpoch && (set.epoch != p.HighWatermarkEpoch || set.offset > p.HighWatermark) {
			out = append(out, metadata.Watermark{Topic: at.Topic, Partition: at.Partition, LeaderEpoch: set.epoch, HighWatermark: set.offset})
		}
	}
	return out
}

// again puts back what wasn't checkpointed after all.
func (m *watermarks) again(failed []metadata.Watermark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range failed {
		at := metadata.PartitionKey{Topic: w.Topic, Partition: w.Partition}
		if _, there := m.byPlace[at]; there {
			m.changed[at] = struct{}{}
		}
	}
}
