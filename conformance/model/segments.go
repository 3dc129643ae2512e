package model

import (
	"cmp"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// putSegments is S1.
func (e *event) putSegments(spec metadata.SegmentsSpec) (r metadata.Response, _ metadata.Code) {
	for i, s := range spec.Segments {
		old, known := e.segments[s.SegmentKey]
		_, code := e.partitionByID(s.Topic, s.Partition)
		switch {
		case code != metadata.CodeNone:
		case s.ID == "" || s.Kind != metadata.SegmentLog && s.Kind != metadata.SegmentParquet || s.StartOffset > s.EndOffset+1 || s.SizeBytes < 0:
			code = metadata.CodeInvalidRequest
		case known && old.SegmentInfo != s.SegmentInfo && !spec.Replace:
			code = metadata.CodeTopicAlreadyExists
		}
		if code != metadata.CodeNone {
			r.Failed = append(r.Failed, metadata.ItemError{Index: int32(i), Code: code})
			continue
		}
		segment := metadata.Segment{SegmentKey: s.SegmentKey, SegmentInfo: s.SegmentInfo, CreatedMS: e.now}
		if known {
			segment.CreatedMS = old.CreatedMS
		}
		put(e, e.segments, s.SegmentKey, segment, func(s *metadata.Segment) stamps {
			return stamps{&s.CreatedRevision, &s.ModifiedRevision, nil}
		})
	}
	return r, metadata.CodeNone
}

// deleteSegments is S2.
func (e *event) deleteSegments(keys metadata.SegmentKeys) (r metadata.Response, _ metadata.Code) {
	for i, k := range keys.Segments {
		if _, ok := e.segments[k]; !ok {
			r.Absent = append(r.Absent, int32(i))
		}
		delete(e.segments, k)
	}
	return r, metadata.CodeNone
}

// Segments is S3.
func (m *Model) Segments(q metadata.SegmentsQuery) ([]*metadata.Segment, metadata.Code) {
	t, ok := m.topics[q.Topic]
	if !ok {
		return nil, metadata.CodeUnknownTopicOrPartition
	}
	var out []*metadata.Segment
	for _, s := range m.segments {
		if s.Topic == t.ID && s.Kind == q.Kind && (q.Partition == nil || s.Partition == *q.Partition) {
			out = append(out, &s)
		}
	}
	slices.SortFunc(out, func(a, b *metadata.Segment) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.StartOffset, b.StartOffset), cmp.Compare(a.ID, b.ID))
	})
	return out, metadata.CodeNone
}
