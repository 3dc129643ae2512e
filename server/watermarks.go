package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) SetHighWatermark(ctx context.Context, req *metalogv1.SetHighWatermarkRequest) (*metalogv1.SetHighWatermarkResponse, error) {
	mark, err := convert.Watermark(req.GetWatermark())
	if err == nil {
		err = n.store.SetHighWatermark(ctx, mark)
	}
	if err != nil {
		return nil, convert.ReadStatus(err).Err()
	}
	return &metalogv1.SetHighWatermarkResponse{}, nil
}

func (n *nouns) CheckpointWatermarks(ctx context.Context, req *metalogv1.CheckpointWatermarksRequest) (*metalogv1.CheckpointWatermarksResponse, error) {
	spec, bad := convert.WatermarksSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.CommittedItems, error) {
		return n.store.CheckpointWatermarks(ctx, spec, o)
	}, func(c metadata.CommittedItems) *metalogv1.CheckpointWatermarksResponse {
		return &metalogv1.CheckpointWatermarksResponse{Written: convert.WrittenProto(c.Written), Failed: convert.ItemErrorsProto(c.Failed)}
	})
}

func (n *nouns) AdvanceLogStart(ctx context.Context, req *metalogv1.AdvanceLogStartRequest) (*metalogv1.AdvanceLogStartResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.LogStart, error) {
		return n.store.AdvanceLogStart(ctx, convert.LogStartSpec(req), o)
	}, convert.AdvanceLogStartResponse)
}

func (n *nouns) GetPartitionOffsets(ctx context.Context, req *metalogv1.GetPartitionOffsetsRequest) (*metalogv1.GetPartitionOffsetsResponse, error) {
	return read(req.GetOptions(), nil, func(o metadata.ReadOption) (metadata.Read[metadata.PartitionOffsets], error) {
		return n.store.PartitionOffsets(ctx, req.GetTopic(), req.GetPartition(), o)
	}, func(r metadata.Read[metadata.PartitionOffsets]) *metalogv1.GetPartitionOffsetsResponse {
		return &metalogv1.GetPartitionOffsetsResponse{
			HighWatermark: r.Value.HighWatermark, LogStartOffset: r.Value.LogStartOffset, Known: r.Value.Known,
			Revision: r.Revision, Stale: r.Stale,
		}
	})
}
