package model

import "github.com/chronik-stream/metalog/metadata"

// checkpointWatermarks is W2.
func (e *event) checkpointWatermarks(spec metadata.WatermarksSpec) (r metadata.Response, _ metadata.Code) {
	for i, w := range spec.Watermarks {
		p, code := e.partitionByID(w.Topic, w.Partition)
		switch {
		case code != metadata.CodeNone:
		case w.LeaderEpoch < p.LeaderEpoch:
			code = metadata.CodeFencedLeaderEpoch
		case w.LeaderEpoch > p.LeaderEpoch || w.HighWatermark < 0:
			code = metadata.CodeInvalidRequest
		}
		if code != metadata.CodeNone {
			r.Failed = append(r.Failed, metadata.ItemError{Index: int32(i), Code: code})
			continue
		}
		mark := w.HighWatermark
		if p.HighWatermarkEpoch == w.LeaderEpoch {
			mark = max(mark, p.HighWatermark)
		}
		p.HighWatermark, p.HighWatermarkEpoch = max(mark, p.LogStartOffset), w.LeaderEpoch
		e.putPartition(p)
	}
	return r, metadata.CodeNone
}

// advanceLogStart is W3.
func (e *event) advanceLogStart(spec metadata.LogStartSpec) (metadata.Response, metadata.Code) {
	p, ok := e.partitions[e.at(spec.Topic, spec.Partition)]
	if !ok {
		return refused(metadata.CodeUnknownTopicOrPartition)
	}
	if spec.Offset < 0 {
		return refused(metadata.CodeOffsetOutOfRange)
	}
	p.LogStartOffset = max(p.LogStartOffset, spec.Offset)
	p.HighWatermark = max(p.HighWatermark, p.LogStartOffset)
	e.putPartition(p)
	return metadata.Response{LogStartOffset: p.LogStartOffset}, metadata.CodeNone
}

func (t *tables) partitionByID(topic metadata.TopicID, partition int32) (metadata.Partition, metadata.Code) {
	if t.nameOf(topic) == "" {
		return metadata.Partition{}, metadata.CodeUnknownTopicID
	}
	p, ok := t.partitions[metadata.PartitionKey{Topic: topic, Partition: partition}]
	if !ok {
		return p, metadata.CodeUnknownTopicOrPartition
	}
	return p, metadata.CodeNone
}
