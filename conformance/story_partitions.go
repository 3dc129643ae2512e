package conformance

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// create-partitions topic=N total=M [assign=P:B,B]...
func readCreatePartitions(s *teller, w *words) write {
	spec := metadata.PartitionsSpec{
		Topic:       w.text("topic"),
		Total:       int32(w.number("total", 0)),
		Assignments: w.assignments(),
	}
	return write{
		held: metadata.BatchOperation{CreatePartitions: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.CreatePartitions(ctx, spec, opts...))
		},
	}
}

// assign-partition TOPIC/P replicas=B,B leader=B [expect=PARTITION_EPOCH]
func readAssignPartition(s *teller, w *words) write {
	topic, index := w.partition(w.next())
	spec := metadata.AssignmentSpec{
		Topic:     topic,
		Partition: index,
		Replicas:  w.brokers(w.text("replicas")),
		Leader:    int32(w.number("leader", int64(metadata.NoLeader))),
	}
	if text, ok := w.optional("expect"); ok {
		epoch := int32(w.parse(text))
		spec.ExpectedPartitionEpoch = &epoch
	}
	return write{
		held: metadata.BatchOperation{AssignPartition: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.AssignPartition(ctx, spec, opts...))
		},
	}
}

func readPartition(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Partition(ctx, topic, index)
		return shown(got, err, showPartition(topic))
	}
}

func readPartitions(s *teller, w *words) call {
	topic := w.next()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Partitions(ctx, topic)
		return shown(got, err, listed("partitions", showPartition(topic)))
	}
}

func readLeader(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Leader(ctx, topic, index)
		return shown(got, err, func(id int32) string { return "leader " + showBrokerID(id) })
	}
}

func readReplicas(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Replicas(ctx, topic, index)
		return shown(got, err, func(ids []int32) string { return "replicas " + showBrokerIDs(ids) })
	}
}
