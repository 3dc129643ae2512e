package model

import (
	"hash/fnv"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// createPartitions is T4.
func (e *event) createPartitions(spec metadata.PartitionsSpec) (metadata.Response, metadata.Code) {
	t, ok := e.topics[spec.Topic]
	if !ok {
		return refused(metadata.CodeUnknownTopicOrPartition)
	}
	if spec.Total <= t.Partitions || spec.Total-t.Partitions > maxPartitions {
		return refused(metadata.CodeInvalidPartitions)
	}
	var places [][]int32
	if len(spec.Assignments) > 0 {
		if len(spec.Assignments) != int(spec.Total-t.Partitions) {
			return refused(metadata.CodeInvalidReplicaAssignment)
		}
		if places, ok = e.assigned(spec.Assignments, t.Partitions, t.ReplicationFactor); !ok {
			return refused(metadata.CodeInvalidReplicaAssignment)
		}
	} else {
		if !e.placeable(t.ReplicationFactor) {
			return refused(metadata.CodeInvalidReplicationFactor)
		}
		for i := t.Partitions; i < spec.Total; i++ {
			places = append(places, e.striped(t.ID, i, t.ReplicationFactor))
		}
	}
	for i, replicas := range places {
		e.newPartition(t.ID, t.Partitions+int32(i), replicas)
	}
	t.Partitions = spec.Total
	e.putTopic(t)
	return done()
}

// assignPartition is T9.
func (e *event) assignPartition(spec metadata.AssignmentSpec) (metadata.Response, metadata.Code) {
	p, ok := e.partitions[e.at(spec.Topic, spec.Partition)]
	if !ok {
		return refused(metadata.CodeUnknownTopicOrPartition)
	}
	if !e.replicasFit(spec.Replicas) {
		return refused(metadata.CodeInvalidReplicaAssignment)
	}
	isr := e.inSync(spec.Replicas)
	if !slices.Contains(isr, spec.Leader) {
		return refused(metadata.CodeInvalidReplicaAssignment)
	}
	if spec.ExpectedPartitionEpoch != nil && *spec.ExpectedPartitionEpoch != p.PartitionEpoch {
		return refused(metadata.CodeInvalidUpdateVersion)
	}
	p.Replicas, p.ISR = spec.Replicas, isr
	e.putLed(p, spec.Leader)
	return done()
}

// replicasFit is T9's second check.
func (t *tables) replicasFit(replicas []int32) bool {
	seen := map[int32]bool{}
	for _, id := range replicas {
		_, registered := t.brokers[id]
		if id < 0 || seen[id] || len(t.brokers) > 0 && !registered {
			return false
		}
		seen[id] = true
	}
	return len(replicas) > 0
}

// inSync is the replicas that are unfenced, all while there are no brokers.
func (t *tables) inSync(replicas []int32) []int32 {
	if len(t.brokers) == 0 {
		return replicas
	}
	var out []int32
	for _, id := range replicas {
		if t.unfenced(id) {
			out = append(out, id)
		}
	}
	return out
}

// assigned is the replicas that assignments give to the partitions from first on,
// if they may be given so.
func (t *tables) assigned(assignments []metadata.Assignment, first, rf int32) ([][]int32, bool) {
	places := make([][]int32, len(assignments))
	for _, a := range assignments {
		i := int(a.Partition - first)
		if i < 0 || i >= len(places) || places[i] != nil {
			return nil, false
		}
		if len(a.Replicas) == 0 || len(a.Replicas) != int(rf) {
			return nil, false
		}
		seen := map[int32]bool{}
		for _, id := range a.Replicas {
			if _, registered := t.brokers[id]; seen[id] || !registered {
				return nil, false
			}
			seen[id] = true
		}
		if len(t.inSync(a.Replicas)) == 0 {
			return nil, false
		}
		places[i] = a.Replicas
	}
	return places, true
}

// placeable says whether partitions can be striped.
func (t *tables) placeable(rf int32) bool {
	if len(t.brokers) == 0 {
		return true
	}
	someone := false
	for id := range t.brokers {
		someone = someone || t.unfenced(id)
	}
	return someone && int(rf) <= len(t.brokers)
}

// striped is T4's rule of placement.
func (t *tables) striped(topic metadata.TopicID, partition, rf int32) []int32 {
	if len(t.brokers) == 0 {
		return nil
	}
	var u, f []int32
	for _, b := range sorted(t.brokers) {
		if b.State == metadata.BrokerUnfenced {
			u = append(u, b.ID)
		} else {
			f = append(f, b.ID)
		}
	}
	hash := fnv.New64a()
	hash.Write(topic[:])
	s := hash.Sum64()
	var out []int32
	for j := range int(rf) {
		from := u
		if j >= len(u) {
			from = f
		}
		n := uint64(len(from))
		out = append(out, from[(s%n+uint64(partition)+uint64(j))%n])
	}
	return out
}

func (e *event) newPartition(topic metadata.TopicID, i int32, replicas []int32) {
	p := metadata.Partition{Topic: topic, Index: i, Leader: metadata.NoLeader, Replicas: replicas, ISR: e.inSync(replicas)}
	if len(p.ISR) > 0 {
		p.Leader = p.ISR[0]
	}
	e.putPartition(p)
}

// putLed stores p under a leader, with the epochs that follow.
func (e *event) putLed(p metadata.Partition, leader int32) {
	if leader != p.Leader {
		p.Leader = leader
		p.LeaderEpoch++
	}
	p.PartitionEpoch++
	e.putPartition(p)
}

func (e *event) putPartition(p metadata.Partition) {
	put(e, e.partitions, metadata.PartitionKey{Topic: p.Topic, Partition: p.Index}, p, func(p *metadata.Partition) stamps {
		return stamps{&p.CreatedRevision, &p.ModifiedRevision, nil}
	})
}

// at is the key of a partition, one that isn't there if there is no such topic.
func (t *tables) at(topic string, partition int32) metadata.PartitionKey {
	return metadata.PartitionKey{Topic: t.topics[topic].ID, Partition: partition}
}
