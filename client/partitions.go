package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// CreatePartitions is metadata.Store's.
func (c *Client) CreatePartitions(ctx context.Context, spec metadata.PartitionsSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.CreatePartitions, func(o metadata.WriteOptions) *metalogv1.CreatePartitionsRequest {
		return convert.CreatePartitionsRequest(spec, o)
	}, justWritten)
}

// AssignPartition is metadata.Store's.
func (c *Client) AssignPartition(ctx context.Context, spec metadata.AssignmentSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.AssignPartition, func(o metadata.WriteOptions) *metalogv1.AssignPartitionRequest {
		return convert.AssignPartitionRequest(spec, o)
	}, justWritten)
}

// Partition is metadata.Store's.
func (c *Client) Partition(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[*metadata.Partition], error) {
	req := &metalogv1.GetPartitionRequest{Topic: topic, Partition: partition, Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetPartition, req, func(p *metalogv1.GetPartitionResponse) (*metadata.Partition, error) {
		return convert.Partition(p.GetPartition())
	})
}

// Partitions is metadata.Store's; see the package comment for long lists.
func (c *Client) Partitions(ctx context.Context, topic string, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Partition], error) {
	return list(ctx, c, c.metadata.ListPartitions, func(token string) *metalogv1.ListPartitionsRequest {
		return &metalogv1.ListPartitionsRequest{Topic: topic, PageSize: pageSize, PageToken: token, Options: readOptions(opts)}
	}, func(p *metalogv1.ListPartitionsResponse) ([]*metadata.Partition, error) {
		return convert.Partitions(p.GetPartitions())
	})
}

// Leader is metadata.Store's.
func (c *Client) Leader(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[int32], error) {
	r, err := c.Partition(ctx, topic, partition, opts...)
	if err != nil {
		return metadata.Read[int32]{}, err
	}
	return metadata.Read[int32]{Value: r.Value.Leader, Revision: r.Revision, Stale: r.Stale}, nil
}

// Replicas is metadata.Store's.
func (c *Client) Replicas(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[[]int32], error) {
	r, err := c.Partition(ctx, topic, partition, opts...)
	if err != nil {
		return metadata.Read[[]int32]{}, err
	}
	return metadata.Read[[]int32]{Value: r.Value.Replicas, Revision: r.Revision, Stale: r.Stale}, nil
}
