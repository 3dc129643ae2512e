package metadata

import (
	"cmp"
	"math"
	"slices"
)

// Segment is one stored segment. Any goroutine may ask; ErrNotFound.
func (s *State) Segment(k SegmentKey) (*Segment, error) {
	if seg := s.segments.get(segmentKey(k)); seg != nil {
		return seg, nil
	}
	return nil, refuse(CodeResourceNotFound, "partition %d of topic %s has no %s segment %s: list what there is",
		k.Partition, k.Topic, k.Kind, quote(k.ID)).at(s.revision)
}

// Segments is S3: a topic's segments of one kind by partition, start offset and
// id. The list is the caller's, the segments aren't.
func (s *State) Segments(q SegmentsQuery) ([]*Segment, error) {
	e, err := s.topicNamed(q.Topic)
	if err != nil {
		return nil, err
	}
	found := s.segmentsOf(e.topic.ID)
	if q.Partition != nil {
		found = s.segmentsIn(PartitionKey{e.topic.ID, *q.Partition})
	}
	out := []*Segment{}
	for seg := range found {
		if seg.Kind == q.Kind {
			out = append(out, seg)
		}
	}
	slices.SortFunc(out, func(a, b *Segment) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.StartOffset, b.StartOffset), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// SegmentPaths is S3: where Segments are.
func (s *State) SegmentPaths(q SegmentsQuery) ([]string, error) {
	segments, err := s.Segments(q)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(segments))
	for _, seg := range segments {
		out = append(out, seg.Path)
	}
	return out, nil
}

// SegmentsEnd is the offset after the last one in any segment of a partition;
// not ok: it has none. Any goroutine may ask.
func (s *State) SegmentsEnd(topic TopicID, partition int32) (end int64, ok bool) {
	for seg := range s.segmentsIn(PartitionKey{topic, partition}) {
		after := seg.EndOffset
		if after < math.MaxInt64 {
			after++
		}
		end, ok = max(end, after), true
	}
	return end, ok
}
