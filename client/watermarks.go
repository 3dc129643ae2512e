package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// SetHighWatermark is metadata.Store's: the node at the other end remembers it.
func (c *Client) SetHighWatermark(ctx context.Context, mark metadata.Watermark) error {
	_, err := readOnce(ctx, c, c.metadata.SetHighWatermark, &metalogv1.SetHighWatermarkRequest{Watermark: convert.WatermarkProto(mark)})
	return err
}

// CheckpointWatermarks is metadata.Store's.
func (c *Client) CheckpointWatermarks(ctx context.Context, spec metadata.WatermarksSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return write(ctx, c, opts, c.metadata.CheckpointWatermarks, func(o metadata.WriteOptions) *metalogv1.CheckpointWatermarksRequest {
		return convert.CheckpointWatermarksRequest(spec, o)
	}, items)
}

// AdvanceLogStart is metadata.Store's.
func (c *Client) AdvanceLogStart(ctx context.Context, spec metadata.LogStartSpec, opts ...metadata.WriteOption) (metadata.LogStart, error) {
	return write(ctx, c, opts, c.metadata.AdvanceLogStart, func(o metadata.WriteOptions) *metalogv1.AdvanceLogStartRequest {
		return convert.AdvanceLogStartRequest(spec, o)
	}, convert.LogStart)
}

// PartitionOffsets is metadata.Store's.
func (c *Client) PartitionOffsets(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[metadata.PartitionOffsets], error) {
	req := &metalogv1.GetPartitionOffsetsRequest{Topic: topic, Partition: partition, Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetPartitionOffsets, req, convert.PartitionOffsets)
}
