package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) CreatePartitions(ctx context.Context, req *metalogv1.CreatePartitionsRequest) (*metalogv1.CreatePartitionsResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.CreatePartitions(ctx, convert.PartitionsSpec(req), o)
	}, func(w metadata.Written) *metalogv1.CreatePartitionsResponse {
		return &metalogv1.CreatePartitionsResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) AssignPartition(ctx context.Context, req *metalogv1.AssignPartitionRequest) (*metalogv1.AssignPartitionResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.AssignPartition(ctx, convert.AssignmentSpec(req), o)
	}, func(w metadata.Written) *metalogv1.AssignPartitionResponse {
		return &metalogv1.AssignPartitionResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) GetPartition(ctx context.Context, req *metalogv1.GetPartitionRequest) (*metalogv1.GetPartitionResponse, error) {
	return read(req.GetOptions(), nil, func(o metadata.ReadOption) (metadata.Read[*metadata.Partition], error) {
		return n.store.Partition(ctx, req.GetTopic(), req.GetPartition(), o)
	}, func(r metadata.Read[*metadata.Partition]) *metalogv1.GetPartitionResponse {
		return &metalogv1.GetPartitionResponse{Partition: convert.PartitionProto(r.Value), Revision: r.Revision, Stale: r.Stale}
	})
}

func (n *nouns) ListPartitions(ctx context.Context, req *metalogv1.ListPartitionsRequest) (*metalogv1.ListPartitionsResponse, error) {
	cut := numbered("partitions of "+req.GetTopic(), func(p *metadata.Partition) int32 { return p.Index }, convert.PartitionProto)
	bad := cut.open(req)
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[[]*metadata.Partition], error) {
		return n.store.Partitions(ctx, req.GetTopic(), o, cut.notBefore())
	}, func(r metadata.Read[[]*metadata.Partition]) *metalogv1.ListPartitionsResponse {
		rows, next := cut.page(r)
		return &metalogv1.ListPartitionsResponse{Partitions: rows, NextPageToken: next, Revision: r.Revision, Stale: r.Stale}
	})
}
