package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// OffsetProto is a committed offset for the wire.
func OffsetProto(o *metadata.Offset) *metalogv1.Offset {
	return &metalogv1.Offset{
		Group:             o.Group,
		TopicId:           idText(o.Topic),
		Partition:         o.Partition,
		Offset:            o.Offset,
		LeaderEpoch:       o.LeaderEpoch,
		Metadata:          o.Metadata,
		CommittedMs:       o.CommittedMS,
		CommittedRevision: o.CommittedRevision,
		CreatedRevision:   o.CreatedRevision,
		ModifiedRevision:  o.ModifiedRevision,
	}
}

// Offset is a committed offset from the wire.
func Offset(p *metalogv1.Offset) (*metadata.Offset, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return &metadata.Offset{
		Group:             p.GetGroup(),
		Topic:             id,
		Partition:         p.GetPartition(),
		Offset:            p.GetOffset(),
		LeaderEpoch:       p.GetLeaderEpoch(),
		Metadata:          p.GetMetadata(),
		CommittedMS:       p.GetCommittedMs(),
		CommittedRevision: p.GetCommittedRevision(),
		CreatedRevision:   p.GetCreatedRevision(),
		ModifiedRevision:  p.GetModifiedRevision(),
	}, err
}

// PendingOffsetProto is an offset in an open transaction for the wire.
func PendingOffsetProto(o *metadata.PendingOffset) *metalogv1.PendingOffset {
	return &metalogv1.PendingOffset{
		ProducerId:  o.ProducerID,
		Group:       o.Group,
		TopicId:     idText(o.Topic),
		Partition:   o.Partition,
		Offset:      o.Offset,
		LeaderEpoch: o.LeaderEpoch,
		Metadata:    o.Metadata,
		CommittedMs: o.CommittedMS,
		Revision:    o.Revision,
	}
}

// PendingOffset is an offset in an open transaction from the wire.
func PendingOffset(p *metalogv1.PendingOffset) (*metadata.PendingOffset, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return &metadata.PendingOffset{
		ProducerID:  p.GetProducerId(),
		Group:       p.GetGroup(),
		Topic:       id,
		Partition:   p.GetPartition(),
		Offset:      p.GetOffset(),
		LeaderEpoch: p.GetLeaderEpoch(),
		Metadata:    p.GetMetadata(),
		CommittedMS: p.GetCommittedMs(),
		Revision:    p.GetRevision(),
	}, err
}

func offsetCommitProto(o metadata.OffsetCommit) *metalogv1.OffsetCommit {
	return &metalogv1.OffsetCommit{
		Topic: o.Topic, Partition: o.Partition, Offset: o.Offset, LeaderEpoch: &o.LeaderEpoch, Metadata: o.Metadata,
	}
}

func offsetCommit(p *metalogv1.OffsetCommit) metadata.OffsetCommit {
	return metadata.OffsetCommit{
		Topic:       p.GetTopic(),
		Partition:   p.GetPartition(),
		Offset:      p.GetOffset(),
		LeaderEpoch: orDefault(p.LeaderEpoch),
		Metadata:    p.GetMetadata(),
	}
}

func topicPartitionProto(t metadata.TopicPartition) *metalogv1.TopicPartition {
	return &metalogv1.TopicPartition{Topic: t.Topic, Partition: t.Partition}
}

func topicPartition(p *metalogv1.TopicPartition) metadata.TopicPartition {
	return metadata.TopicPartition{Topic: p.GetTopic(), Partition: p.GetPartition()}
}

// CommitOffsetsRequest asks for the commit of spec.
func CommitOffsetsRequest(spec metadata.OffsetsSpec, o metadata.WriteOptions) *metalogv1.CommitOffsetsRequest {
	return &metalogv1.CommitOffsetsRequest{
		Group:      spec.Group,
		Generation: spec.Generation,
		MemberId:   spec.MemberID,
		InstanceId: spec.InstanceID,
		Offsets:    each(spec.Offsets, offsetCommitProto),
		Options:    WriteOptionsProto(o),
	}
}

// OffsetsSpec is the commit that a request asks for, in a transaction or not.
func OffsetsSpec(p interface {
	GetGroup() string
	GetGeneration() int32
	GetMemberId() string
	GetInstanceId() string
	GetOffsets() []*metalogv1.OffsetCommit
},
) metadata.OffsetsSpec {
	return metadata.OffsetsSpec{
		Group:      p.GetGroup(),
		Generation: p.GetGeneration(),
		MemberID:   p.GetMemberId(),
		InstanceID: p.GetInstanceId(),
		Offsets:    each(p.GetOffsets(), offsetCommit),
	}
}

// DeleteOffsetsRequest asks for the end of a group's offsets.
func DeleteOffsetsRequest(ref metadata.OffsetsRef, o metadata.WriteOptions) *metalogv1.DeleteOffsetsRequest {
	return &metalogv1.DeleteOffsetsRequest{
		Group: ref.Group, Partitions: each(ref.Partitions, topicPartitionProto), Options: WriteOptionsProto(o),
	}
}

// OffsetsRef is the offsets that a request means.
func OffsetsRef(p *metalogv1.DeleteOffsetsRequest) metadata.OffsetsRef {
	return metadata.OffsetsRef{Group: p.GetGroup(), Partitions: each(p.GetPartitions(), topicPartition)}
}

// FetchOffsetsRequest asks what query does, without a page.
func FetchOffsetsRequest(query metadata.OffsetsQuery) *metalogv1.FetchOffsetsRequest {
	return &metalogv1.FetchOffsetsRequest{
		Group:         query.Group,
		Partitions:    each(query.Partitions, topicPartitionProto),
		All:           query.Partitions == nil,
		RequireStable: query.RequireStable,
	}
}

// OffsetsQuery is what a request asks; one for all names no partitions.
func OffsetsQuery(p *metalogv1.FetchOffsetsRequest) (metadata.OffsetsQuery, error) {
	q := metadata.OffsetsQuery{Group: p.GetGroup(), RequireStable: p.GetRequireStable()}
	if p.GetAll() {
		if len(p.GetPartitions()) > 0 {
			return q, Invalid("partitions and all are both given: give one of them")
		}
		return q, nil
	}
	q.Partitions = append([]metadata.TopicPartition{}, each(p.GetPartitions(), topicPartition)...)
	return q, nil
}

// FetchedOffsetProto is one answer to a query for the wire.
func FetchedOffsetProto(o metadata.FetchedOffset) *metalogv1.FetchedOffset {
	return &metalogv1.FetchedOffset{
		Topic: o.Topic, Partition: o.Partition, Offset: o.Offset, LeaderEpoch: o.LeaderEpoch,
		Metadata: o.Metadata, Code: int32(o.Code),
	}
}

// FetchedOffset is one answer to a query from the wire.
func FetchedOffset(p *metalogv1.FetchedOffset) (metadata.FetchedOffset, error) {
	c, err := code(p.GetCode())
	return metadata.FetchedOffset{
		Topic: p.GetTopic(), Partition: p.GetPartition(), Offset: p.GetOffset(), LeaderEpoch: p.GetLeaderEpoch(),
		Metadata: p.GetMetadata(), Code: c,
	}, err
}

// FetchedOffsets stops at the first answer that can't be read.
func FetchedOffsets(ps []*metalogv1.FetchedOffset) ([]metadata.FetchedOffset, error) {
	return eachErr(ps, FetchedOffset)
}
