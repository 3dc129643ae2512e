package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// PartitionProto is a partition for the wire.
func PartitionProto(p *metadata.Partition) *metalogv1.Partition {
	return &metalogv1.Partition{
		TopicId:            idText(p.Topic),
		Index:              p.Index,
		Leader:             p.Leader,
		LeaderEpoch:        p.LeaderEpoch,
		PartitionEpoch:     p.PartitionEpoch,
		Replicas:           p.Replicas,
		Isr:                p.ISR,
		Reassignment:       reassignmentProto(p.Reassignment),
		HighWatermark:      p.HighWatermark,
		LogStartOffset:     p.LogStartOffset,
		HighWatermarkEpoch: p.HighWatermarkEpoch,
		CreatedRevision:    p.CreatedRevision,
		ModifiedRevision:   p.ModifiedRevision,
	}
}

// Partition is a partition from the wire.
func Partition(p *metalogv1.Partition) (*metadata.Partition, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return &metadata.Partition{
		Topic:              id,
		Index:              p.GetIndex(),
		Leader:             p.GetLeader(),
		LeaderEpoch:        p.GetLeaderEpoch(),
		PartitionEpoch:     p.GetPartitionEpoch(),
		Replicas:           p.GetReplicas(),
		ISR:                p.GetIsr(),
		Reassignment:       reassignment(p.GetReassignment()),
		HighWatermark:      p.GetHighWatermark(),
		LogStartOffset:     p.GetLogStartOffset(),
		HighWatermarkEpoch: p.GetHighWatermarkEpoch(),
		CreatedRevision:    p.GetCreatedRevision(),
		ModifiedRevision:   p.GetModifiedRevision(),
	}, err
}

// Partitions stops at the first partition that can't be read.
func Partitions(ps []*metalogv1.Partition) ([]*metadata.Partition, error) {
	return eachErr(ps, Partition)
}

func reassignmentProto(r *metadata.Reassignment) *metalogv1.Reassignment {
	if r == nil {
		return nil
	}
	return &metalogv1.Reassignment{Adding: r.Adding, Removing: r.Removing}
}

func reassignment(p *metalogv1.Reassignment) *metadata.Reassignment {
	if p == nil {
		return nil
	}
	return &metadata.Reassignment{Adding: p.GetAdding(), Removing: p.GetRemoving()}
}

func assignmentProto(a metadata.Assignment) *metalogv1.Assignment {
	return &metalogv1.Assignment{Partition: a.Partition, Replicas: a.Replicas}
}

func assignment(p *metalogv1.Assignment) metadata.Assignment {
	return metadata.Assignment{Partition: p.GetPartition(), Replicas: p.GetReplicas()}
}

// CreatePartitionsRequest asks a topic to grow.
func CreatePartitionsRequest(spec metadata.PartitionsSpec, o metadata.WriteOptions) *metalogv1.CreatePartitionsRequest {
	return &metalogv1.CreatePartitionsRequest{
		Topic: spec.Topic, Total: spec.Total, Assignments: each(spec.Assignments, assignmentProto), Options: WriteOptionsProto(o),
	}
}

// PartitionsSpec reads how a topic is to grow.
func PartitionsSpec(p *metalogv1.CreatePartitionsRequest) metadata.PartitionsSpec {
	return metadata.PartitionsSpec{
		Topic: p.GetTopic(), Total: p.GetTotal(), Assignments: each(p.GetAssignments(), assignment),
	}
}

// AssignPartitionRequest asks for a partition's place.
func AssignPartitionRequest(spec metadata.AssignmentSpec, o metadata.WriteOptions) *metalogv1.AssignPartitionRequest {
	return &metalogv1.AssignPartitionRequest{
		Topic:                  spec.Topic,
		Partition:              spec.Partition,
		Replicas:               spec.Replicas,
		Leader:                 spec.Leader,
		ExpectedPartitionEpoch: spec.ExpectedPartitionEpoch,
		Options:                WriteOptionsProto(o),
	}
}

// AssignmentSpec reads where a partition is to be.
func AssignmentSpec(p *metalogv1.AssignPartitionRequest) metadata.AssignmentSpec {
	return metadata.AssignmentSpec{
		Topic:                  p.GetTopic(),
		Partition:              p.GetPartition(),
		Replicas:               p.GetReplicas(),
		Leader:                 p.GetLeader(),
		ExpectedPartitionEpoch: p.ExpectedPartitionEpoch,
	}
}
