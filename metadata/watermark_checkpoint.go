package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewCheckpointWatermarks is W2 as an event.
func NewCheckpointWatermarks(spec WatermarksSpec) *eventpb.Event {
	m := &eventpb.CheckpointWatermarks{}
	for _, w := range spec.Watermarks {
		m.Watermarks = append(m.Watermarks, &eventpb.Watermark{
			TopicId:       slices.Clone(w.Topic[:]),
			Partition:     w.Partition,
			LeaderEpoch:   w.LeaderEpoch,
			HighWatermark: w.HighWatermark,
		})
	}
	return &eventpb.Event{Command: &eventpb.Event_CheckpointWatermarks{CheckpointWatermarks: m}}
}

type checkpointWatermarks struct{ m *eventpb.CheckpointWatermarks }

func (c checkpointWatermarks) encode(e *encoder) {
	e.list(len(c.m.GetWatermarks()))
	for _, w := range c.m.GetWatermarks() {
		e.id(idFromEvent(w.GetTopicId()))
		e.int(int64(w.GetPartition()))
		e.int(int64(w.GetLeaderEpoch()))
		e.int(w.GetHighWatermark())
	}
}

func (c checkpointWatermarks) check(*State) *refusal { return nil }

func (c checkpointWatermarks) apply(d *Draft) (Response, *refusal) {
	var failed []ItemError
	for i, m := range c.m.GetWatermarks() {
		w := Watermark{
			Topic:         TopicID(idFromEvent(m.GetTopicId())),
			Partition:     m.GetPartition(),
			LeaderEpoch:   m.GetLeaderEpoch(),
			HighWatermark: m.GetHighWatermark(),
		}
		if code := d.checkpoint(w); code != CodeNone {
			failed = append(failed, ItemError{int32(i), code})
		}
	}
	return Response{Failed: failed}, nil
}

func (d *Draft) checkpoint(w Watermark) Code {
	if code := d.state.checkPartitionOf(w.Topic, w.Partition); code != CodeNone {
		return code
	}
	p := *d.state.topicByID(w.Topic).partition(w.Partition)
	switch {
	case w.LeaderEpoch < p.LeaderEpoch:
		return CodeFencedLeaderEpoch
	case w.LeaderEpoch > p.LeaderEpoch || w.HighWatermark < 0:
		return CodeInvalidRequest
	}
	before := p
	if w.LeaderEpoch == p.HighWatermarkEpoch {
		p.HighWatermark = max(p.HighWatermark, w.HighWatermark)
	} else {
		p.HighWatermark, p.HighWatermarkEpoch = w.HighWatermark, w.LeaderEpoch
	}
	p.HighWatermark = max(p.HighWatermark, p.LogStartOffset)
	if p.HighWatermark != before.HighWatermark || p.HighWatermarkEpoch != before.HighWatermarkEpoch {
		p.ModifiedRevision = d.revision
		d.setPartition(&p)
	}
	return CodeNone
}
