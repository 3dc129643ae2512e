package model

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

const maxPartitions = 10_000

var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// createTopic is T1.
func (e *event) createTopic(spec metadata.TopicSpec) (metadata.Response, metadata.Code) {
	if !topicName.MatchString(spec.Name) || spec.Name == "." || spec.Name == ".." {
		return refused(metadata.CodeInvalidTopic)
	}
	if _, ok := e.topics[spec.Name]; ok {
		return refused(metadata.CodeTopicAlreadyExists)
	}
	for name := range e.topics {
		if strings.ReplaceAll(name, ".", "_") == strings.ReplaceAll(spec.Name, ".", "_") {
			return refused(metadata.CodeInvalidTopic)
		}
	}
	configs := map[string]string{}
	for _, c := range spec.Configs {
		if _, twice := configs[c.Key]; twice || c.Value == nil || !validConfig(metadata.ResourceTopic, c.Key, *c.Value) {
			return refused(metadata.CodeInvalidConfig)
		}
		configs[c.Key] = *c.Value
	}
	places, rf, code := e.placesOfNewTopic(spec)
	if code != metadata.CodeNone {
		return refused(code)
	}
	if spec.ID.IsZero() || e.nameOf(spec.ID) != "" {
		return refused(metadata.CodeInvalidRequest)
	}
	e.putTopic(metadata.Topic{
		ID: spec.ID, Name: spec.Name, Partitions: int32(len(places)), ReplicationFactor: rf,
		Configs: settings(configs), CreatedMS: e.now,
	})
	for i, replicas := range places {
		e.newPartition(spec.ID, int32(i), replicas)
	}
	return metadata.Response{TopicID: spec.ID, Partitions: int32(len(places))}, metadata.CodeNone
}

// placesOfNewTopic is the middle of T1: the replicas of each partition.
func (e *event) placesOfNewTopic(spec metadata.TopicSpec) (places [][]int32, rf int32, code metadata.Code) {
	if len(spec.Assignments) > 0 {
		if spec.Partitions != -1 || spec.ReplicationFactor != -1 {
			return nil, 0, metadata.CodeInvalidRequest
		}
		rf = int32(len(spec.Assignments[0].Replicas))
		places, ok := e.assigned(spec.Assignments, 0, rf)
		if !ok {
			return nil, 0, metadata.CodeInvalidReplicaAssignment
		}
		if len(places) > maxPartitions {
			return nil, 0, metadata.CodeInvalidPartitions
		}
		return places, rf, metadata.CodeNone
	}
	rf, count := spec.ReplicationFactor, spec.Partitions
	if rf == 0 || rf < -1 || rf > 32_767 {
		return nil, 0, metadata.CodeInvalidReplicationFactor
	}
	if count == 0 || count < -1 {
		return nil, 0, metadata.CodeInvalidPartitions
	}
	if rf == -1 {
		rf = int32(max(1, min(3, len(e.brokers))))
	}
	if count == -1 {
		count = 1
	}
	if !e.placeable(rf) {
		return nil, 0, metadata.CodeInvalidReplicationFactor
	}
	if count > maxPartitions {
		return nil, 0, metadata.CodeInvalidPartitions
	}
	for i := range count {
		places = append(places, e.striped(spec.ID, i, rf))
	}
	return places, rf, metadata.CodeNone
}

// deleteTopic is T2.
func (e *event) deleteTopic(ref metadata.TopicRef) (metadata.Response, metadata.Code) {
	if (ref.Name == "") == ref.ID.IsZero() {
		return refused(metadata.CodeInvalidRequest)
	}
	name := ref.Name
	if name == "" {
		if name = e.nameOf(ref.ID); name == "" {
			return refused(metadata.CodeUnknownTopicID)
		}
	}
	t, ok := e.topics[name]
	if !ok {
		return refused(metadata.CodeUnknownTopicOrPartition)
	}
	delete(e.topics, name)
	maps.DeleteFunc(e.partitions, func(k metadata.PartitionKey, _ metadata.Partition) bool { return k.Topic == t.ID })
	maps.DeleteFunc(e.offsets, func(k offsetKey, _ metadata.Offset) bool { return k.at.Topic == t.ID })
	maps.DeleteFunc(e.pending, func(k pendingKey, _ metadata.PendingOffset) bool { return k.at.Topic == t.ID })
	maps.DeleteFunc(e.segments, func(k metadata.SegmentKey, _ metadata.Segment) bool { return k.Topic == t.ID })
	for _, tx := range e.transactions {
		tx.Partitions = slices.DeleteFunc(slices.Clone(tx.Partitions), func(k metadata.PartitionKey) bool { return k.Topic == t.ID })
		e.amendTransaction(tx)
	}
	return done()
}

func (t *tables) nameOf(id metadata.TopicID) string {
	for name, topic := range t.topics {
		if topic.ID == id {
			return name
		}
	}
	return ""
}

func (e *event) putTopic(t metadata.Topic) {
	put(e, e.topics, t.Name, t, func(t *metadata.Topic) stamps {
		return stamps{&t.CreatedRevision, &t.ModifiedRevision, &t.UpdatedMS}
	})
}
