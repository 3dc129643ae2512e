package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// SetHighWatermark is metadata.WatermarkStore's: it is remembered here alone.
func (n nouns) SetHighWatermark(ctx context.Context, mark metadata.Watermark) error {
	s, err := n.seam.present(ctx)
	if err != nil {
		return err
	}
	if why := n.seam.shut(); why != nil {
		return why
	}
	if _, err := s.PartitionByID(mark.Topic, mark.Partition); err != nil {
		return err
	}
	invalid := func(message string) error {
		return &metadata.Error{Code: metadata.CodeInvalidRequest, Revision: s.Revision(), Message: message}
	}
	switch {
	case mark.HighWatermark < 0:
		return invalid("a high watermark isn't negative: give the offset after the last record that all in-sync replicas have")
	case mark.LeaderEpoch < 0:
		return invalid("a leader epoch isn't negative: give that of the leader who knows the high watermark")
	}
	n.seam.watermarks().set(mark)
	return nil
}

// CheckpointWatermarks is metadata.WatermarkStore's.
func (n nouns) CheckpointWatermarks(ctx context.Context, spec metadata.WatermarksSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return n.items(ctx, metadata.NewCheckpointWatermarks(spec), opts)
}

// AdvanceLogStart is metadata.WatermarkStore's.
func (n nouns) AdvanceLogStart(ctx context.Context, spec metadata.LogStartSpec, opts ...metadata.WriteOption) (metadata.LogStart, error) {
	to, err := n.resolve(ctx, spec, metadata.NewWriteOptions(opts).RequestID)
	if err != nil {
		return metadata.LogStart{}, err
	}
	res, w, err := n.result(ctx, metadata.NewAdvanceLogStart(spec, to), opts)
	return metadata.LogStart{Written: w, Offset: res.Response.LogStartOffset}, err
}

// PartitionOffsets is metadata.WatermarkStore's.
func (n nouns) PartitionOffsets(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[metadata.PartitionOffsets], error) {
	return get(ctx, n, opts, func(s *metadata.State) (metadata.PartitionOffsets, error) {
		p, err := s.Partition(topic, partition)
		if err != nil {
			return metadata.PartitionOffsets{}, err
		}
		return n.seam.watermarks().offsets(s, p), nil
	})
}

// resolve says where a log is to start, and refuses what the high watermark
// doesn't allow (W3). A request that was answered before gets that answer,
// wherever the high watermark is now.
func (n nouns) resolve(ctx context.Context, spec metadata.LogStartSpec, request metadata.RequestID) (int64, error) {
	s, err := n.seam.present(ctx)
	if err != nil {
		return 0, err
	}
	p, absent := s.Partition(spec.Topic, spec.Partition)
	if absent != nil || s.Outcome(request, 0).Fate == metadata.FateAnswered {
		return spec.Offset, nil //nolint:nilerr // apply says that it isn't there
	}
	offsets := n.seam.watermarks().offsets(s, p)
	refuse := func(message string) error {
		return &metadata.Error{Code: metadata.CodeOffsetOutOfRange, Revision: s.Revision(), Message: message}
	}
	switch {
	case spec.Offset == highWatermark && !offsets.Known:
		return 0, refuse("this node doesn't know the high watermark: give the offset")
	case spec.Offset == highWatermark:
		return offsets.HighWatermark, nil
	case offsets.Known && spec.Offset > offsets.HighWatermark:
		return 0, refuse("the log can't start beyond the high watermark: give an offset up to it, or -1 for just that")
	}
	return spec.Offset, nil
}

// highWatermark is how a caller asks for the log to start there.
const highWatermark = -1
