package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// CreatePartitions is metadata.PartitionStore's.
func (n nouns) CreatePartitions(ctx context.Context, spec metadata.PartitionsSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewCreatePartitions(spec), opts)
}

// AssignPartition is metadata.PartitionStore's.
func (n nouns) AssignPartition(ctx context.Context, spec metadata.AssignmentSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewAssignPartition(spec), opts)
}

// Partition is metadata.PartitionStore's.
func (n nouns) Partition(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[*metadata.Partition], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[*metadata.Partition]{}, err
	}
	p, err := s.Partition(topic, partition)
	return value(s, stale, p, err)
}

// Partitions is metadata.PartitionStore's.
func (n nouns) Partitions(ctx context.Context, topic string, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Partition], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[[]*metadata.Partition]{}, err
	}
	p, err := s.Partitions(topic)
	return value(s, stale, p, err)
}

// Leader is metadata.PartitionStore's.
func (n nouns) Leader(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[int32], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[int32]{}, err
	}
	leader, err := s.Leader(topic, partition)
	return value(s, stale, leader, err)
}

// Replicas is metadata.PartitionStore's.
func (n nouns) Replicas(ctx context.Context, topic string, partition int32, opts ...metadata.ReadOption) (metadata.Read[[]int32], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[[]int32]{}, err
	}
	replicas, err := s.Replicas(topic, partition)
	return value(s, stale, replicas, err)
}
