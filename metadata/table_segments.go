package metadata

import "iter"

// segmentKey sorts by topic, partition, kind and id.
func segmentKey(k SegmentKey) string {
	place := placeKey(PartitionKey{k.Topic, k.Partition})
	return place + string([]byte{byte(k.Kind)}) + k.ID
}

// segmentsOf goes through a topic's segments.
func (s *State) segmentsOf(id TopicID) iter.Seq[*Segment] {
	return s.segmentsFrom(placeKey(PartitionKey{Topic: id}), func(seg *Segment) bool { return seg.Topic == id })
}

// segmentsIn goes through a partition's segments of all kinds.
func (s *State) segmentsIn(k PartitionKey) iter.Seq[*Segment] {
	return s.segmentsFrom(placeKey(k), func(seg *Segment) bool { return seg.Topic == k.Topic && seg.Partition == k.Partition })
}

// segmentsFrom goes on as long as belongs says so.
func (s *State) segmentsFrom(first string, belongs func(*Segment) bool) iter.Seq[*Segment] {
	return func(yield func(*Segment) bool) {
		s.segments.tree.Ascend(first, func(_ string, seg *Segment) bool { return belongs(seg) && yield(seg) })
	}
}
