package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewPutSegments is S1 as an event.
func NewPutSegments(spec SegmentsSpec) *eventpb.Event {
	m := &eventpb.PutSegments{Replace: spec.Replace}
	for _, s := range spec.Segments {
		m.Segments = append(m.Segments, &eventpb.Segment{
			Kind:              eventpb.SegmentKind(s.Kind),
			TopicId:           slices.Clone(s.Topic[:]),
			Partition:         s.Partition,
			SegmentId:         s.ID,
			StartOffset:       s.StartOffset,
			EndOffset:         s.EndOffset,
			SizeBytes:         s.SizeBytes,
			Records:           s.Records,
			MinTimestampMs:    s.MinTimestampMS,
			MaxTimestampMs:    s.MaxTimestampMS,
			Path:              s.Path,
			RowGroups:         s.RowGroups,
			Compression:       s.Compression,
			TimePartition:     s.TimePartition,
			SchemaFingerprint: s.SchemaFingerprint,
		})
	}
	return &eventpb.Event{Command: &eventpb.Event_PutSegments{PutSegments: m}}
}

type putSegments struct{ m *eventpb.PutSegments }

func (c putSegments) encode(e *encoder) {
	e.list(len(c.m.GetSegments()))
	for _, s := range c.m.GetSegments() {
		encodeSegmentName(e, s)
		info := segmentInfo(s)
		encodeSegmentInfo(e, &info)
	}
	e.bool(c.m.GetReplace())
}

// segmentName is what names a segment in an event.
type segmentName interface {
	GetKind() eventpb.SegmentKind
	GetTopicId() []byte
	GetPartition() int32
	GetSegmentId() string
}

func encodeSegmentName(e *encoder, s segmentName) {
	e.int(int64(s.GetKind()))
	e.id(idFromEvent(s.GetTopicId()))
	e.int(int64(s.GetPartition()))
	e.str(s.GetSegmentId())
}

func segmentInfo(s *eventpb.Segment) SegmentInfo {
	return SegmentInfo{
		StartOffset:       s.GetStartOffset(),
		EndOffset:         s.GetEndOffset(),
		SizeBytes:         s.GetSizeBytes(),
		Records:           s.GetRecords(),
		MinTimestampMS:    s.GetMinTimestampMs(),
		MaxTimestampMS:    s.GetMaxTimestampMs(),
		Path:              s.GetPath(),
		RowGroups:         s.GetRowGroups(),
		Compression:       s.GetCompression(),
		TimePartition:     s.GetTimePartition(),
		SchemaFingerprint: s.GetSchemaFingerprint(),
	}
}

// keyFromEvent turns a kind that doesn't exist into one that doesn't either.
func keyFromEvent(s segmentName) SegmentKey {
	k := SegmentKey{Topic: TopicID(idFromEvent(s.GetTopicId())), Partition: s.GetPartition(), ID: s.GetSegmentId()}
	if kind := s.GetKind(); kind > 0 && kind <= eventpb.SegmentKind(SegmentParquet) {
		k.Kind = SegmentKind(kind)
	}
	return k
}

func (c putSegments) check(*State) *refusal { return nil }

func (c putSegments) apply(d *Draft) (Response, *refusal) {
	var failed []ItemError
	for i, m := range c.m.GetSegments() {
		s := &Segment{
			SegmentKey: keyFromEvent(m), SegmentInfo: segmentInfo(m), CreatedMS: d.now,
			CreatedRevision: d.revision, ModifiedRevision: d.revision,
		}
		if code := d.putSegment(s, c.m.GetReplace()); code != CodeNone {
			failed = append(failed, ItemError{int32(i), code})
		}
	}
	return Response{Failed: failed}, nil
}

func (d *Draft) putSegment(s *Segment, replace bool) Code {
	if code := d.state.checkPartitionOf(s.Topic, s.Partition); code != CodeNone {
		return code
	}
	if s.ID == "" || s.Kind == 0 || s.StartOffset > s.EndOffset && s.StartOffset-1 != s.EndOffset || s.SizeBytes < 0 {
		return CodeInvalidRequest
	}
	if old := d.state.segments.get(segmentKey(s.SegmentKey)); old != nil {
		switch {
		case old.SegmentInfo == s.SegmentInfo:
			return CodeNone
		case !replace:
			return CodeTopicAlreadyExists
		}
		s.CreatedMS, s.CreatedRevision = old.CreatedMS, old.CreatedRevision
	}
	d.setSegment(s)
	return CodeNone
}

// checkPartitionOf is for items that name a topic by id.
func (s *State) checkPartitionOf(topic TopicID, partition int32) Code {
	e := s.topicByID(topic)
	switch {
	case e == nil:
		return CodeUnknownTopicID
	case e.slot(partition) == nil:
		return CodeUnknownTopicOrPartition
	}
	return CodeNone
}
