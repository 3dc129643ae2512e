package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// TopicProto is a topic for the wire.
func TopicProto(t *metadata.Topic) *metalogv1.Topic {
	return &metalogv1.Topic{
		Name:              t.Name,
		Id:                idText(t.ID),
		Partitions:        t.Partitions,
		ReplicationFactor: t.ReplicationFactor,
		Configs:           ConfigsProto(t.Configs),
		CreatedMs:         t.CreatedMS,
		UpdatedMs:         t.UpdatedMS,
		CreatedRevision:   t.CreatedRevision,
		ModifiedRevision:  t.ModifiedRevision,
	}
}

// Topic is a topic from the wire.
func Topic(p *metalogv1.Topic) (*metadata.Topic, error) {
	id, err := topicID("id", p.GetId())
	return &metadata.Topic{
		ID:                id,
		Name:              p.GetName(),
		Partitions:        p.GetPartitions(),
		ReplicationFactor: p.GetReplicationFactor(),
		Configs:           Configs(p.GetConfigs()),
		CreatedMS:         p.GetCreatedMs(),
		UpdatedMS:         p.GetUpdatedMs(),
		CreatedRevision:   p.GetCreatedRevision(),
		ModifiedRevision:  p.GetModifiedRevision(),
	}, err
}

// Topics stops at the first topic that can't be read.
func Topics(ps []*metalogv1.Topic) ([]*metadata.Topic, error) { return eachErr(ps, Topic) }

// CreateTopicRequest asks for the topic of spec.
func CreateTopicRequest(spec metadata.TopicSpec, o metadata.WriteOptions) *metalogv1.CreateTopicRequest {
	return &metalogv1.CreateTopicRequest{
		Name:              spec.Name,
		Id:                idText(spec.ID),
		Partitions:        &spec.Partitions,
		ReplicationFactor: &spec.ReplicationFactor,
		Assignments:       each(spec.Assignments, assignmentProto),
		Configs:           each(spec.Configs, configValueProto),
		Options:           WriteOptionsProto(o),
	}
}

// TopicSpec takes an absent count for the cluster's default.
func TopicSpec(p *metalogv1.CreateTopicRequest) (metadata.TopicSpec, error) {
	id, err := topicID("id", p.GetId())
	return metadata.TopicSpec{
		Name:              p.GetName(),
		ID:                id,
		Partitions:        orDefault(p.Partitions),
		ReplicationFactor: orDefault(p.ReplicationFactor),
		Assignments:       each(p.GetAssignments(), assignment),
		Configs:           each(p.GetConfigs(), configValue),
	}, err
}

func orDefault(n *int32) int32 {
	if n == nil {
		return metadata.Default
	}
	return *n
}

// CreateTopicResponse answers a creation.
func CreateTopicResponse(c metadata.CreatedTopic) *metalogv1.CreateTopicResponse {
	return &metalogv1.CreateTopicResponse{
		Written: WrittenProto(c.Written), Id: idText(c.ID), Partitions: c.Partitions,
	}
}

// CreatedTopic reads the answer to a creation.
func CreatedTopic(p *metalogv1.CreateTopicResponse) (metadata.CreatedTopic, error) {
	w, err := Written(p.GetWritten())
	if err != nil {
		return metadata.CreatedTopic{}, err
	}
	id, err := topicID("id", p.GetId())
	return metadata.CreatedTopic{Written: w, ID: id, Partitions: p.GetPartitions()}, err
}

// DeleteTopicRequest asks for the end of a topic.
func DeleteTopicRequest(ref metadata.TopicRef, o metadata.WriteOptions) *metalogv1.DeleteTopicRequest {
	return &metalogv1.DeleteTopicRequest{Name: ref.Name, Id: idText(ref.ID), Options: WriteOptionsProto(o)}
}

// TopicRef reads which topic a request means; anything with a name and an id.
func TopicRef(p interface {
	GetName() string
	GetId() string
},
) (metadata.TopicRef, error) {
	id, err := topicID("id", p.GetId())
	return metadata.TopicRef{Name: p.GetName(), ID: id}, err
}
