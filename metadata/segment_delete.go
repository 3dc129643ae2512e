package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewDeleteSegments is S2 as an event.
func NewDeleteSegments(keys SegmentKeys) *eventpb.Event {
	m := &eventpb.DeleteSegments{}
	for _, k := range keys.Segments {
		m.Segments = append(m.Segments, &eventpb.SegmentKey{
			Kind:      eventpb.SegmentKind(k.Kind),
			TopicId:   slices.Clone(k.Topic[:]),
			Partition: k.Partition,
			SegmentId: k.ID,
		})
	}
	return &eventpb.Event{Command: &eventpb.Event_DeleteSegments{DeleteSegments: m}}
}

type deleteSegments struct{ m *eventpb.DeleteSegments }

func (c deleteSegments) encode(e *encoder) {
	e.list(len(c.m.GetSegments()))
	for _, s := range c.m.GetSegments() {
		encodeSegmentName(e, s)
	}
}

func (c deleteSegments) check(*State) *refusal { return nil }

// apply finds it no fault if a segment isn't there, and says so.
func (c deleteSegments) apply(d *Draft) (Response, *refusal) {
	var absent []int32
	for i, m := range c.m.GetSegments() {
		if s := d.state.segments.get(segmentKey(keyFromEvent(m))); s != nil {
			d.deleteSegment(s)
		} else {
			absent = append(absent, int32(i))
		}
	}
	return Response{Absent: absent}, nil
}
