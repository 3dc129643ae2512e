package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

// NewAdvanceLogStart is W3 as an event. Resolved is where to, which differs from
// spec.Offset where that says the high watermark.
func NewAdvanceLogStart(spec LogStartSpec, resolved int64) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_AdvanceLogStart{AdvanceLogStart: &eventpb.AdvanceLogStart{
		Topic:     spec.Topic,
		Partition: spec.Partition,
		Offset:    spec.Offset,
		Stamp:     &eventpb.AdvanceLogStart_Stamp{Offset: resolved},
	}}}
}

type advanceLogStart struct{ m *eventpb.AdvanceLogStart }

func (c advanceLogStart) encode(e *encoder) {
	e.str(c.m.GetTopic())
	e.int(int64(c.m.GetPartition()))
	e.int(c.m.GetOffset())
}

func (c advanceLogStart) check(s *State) *refusal {
	name, i := c.m.GetTopic(), c.m.GetPartition()
	e := s.topics.get(name)
	if e == nil {
		return noTopic(name)
	}
	if e.slot(i) == nil {
		return noPartition(name, i, e.count)
	}
	if offset := c.m.GetStamp().GetOffset(); offset < 0 {
		return outOfRange(offset, name, i)
	}
	return nil
}

func outOfRange(offset int64, topic string, partition int32) *refusal {
	return refuse(CodeOffsetOutOfRange, "the log of partition %d of topic %s can't start at %d: give 0 or more", partition, quote(topic), offset)
}

// apply never goes back: deleted records stay deleted.
func (c advanceLogStart) apply(d *Draft) (Response, *refusal) {
	p := *d.state.topics.get(c.m.GetTopic()).partition(c.m.GetPartition())
	if to := c.m.GetStamp().GetOffset(); to > p.LogStartOffset {
		p.LogStartOffset, p.HighWatermark = to, max(p.HighWatermark, to)
		p.ModifiedRevision = d.revision
		d.setPartition(&p)
	}
	return Response{LogStartOffset: p.LogStartOffset}, nil
}
