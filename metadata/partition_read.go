package metadata

import "slices"

// Partition is T8. Any goroutine may ask; ErrNotFound.
func (s *State) Partition(topic string, i int32) (*Partition, error) {
	e, err := s.topicNamed(topic)
	if err != nil {
		return nil, err
	}
	return s.partitionOf(e, i)
}

// PartitionByID is Partition by the topic's id.
func (s *State) PartitionByID(id TopicID, i int32) (*Partition, error) {
	e, err := s.topicWithID(id)
	if err != nil {
		return nil, err
	}
	return s.partitionOf(e, i)
}

func (s *State) partitionOf(e *topicEntry, i int32) (*Partition, error) {
	if p := e.partition(i); p != nil {
		return p, nil
	}
	return nil, noPartition(e.topic.Name, i, e.count).at(s.revision)
}

// Partitions lists a topic's partitions from 0. The list is the caller's, the
// partitions aren't.
func (s *State) Partitions(topic string) ([]*Partition, error) {
	e, err := s.topicNamed(topic)
	if err != nil {
		return nil, err
	}
	return slices.AppendSeq(make([]*Partition, 0, e.count), e.partitions()), nil
}

// Leader is T8: the leading broker, NoLeader if there is none.
func (s *State) Leader(topic string, i int32) (int32, error) {
	e, err := s.topicNamed(topic)
	if err != nil {
		return NoLeader, err
	}
	slot := e.slot(i)
	if slot == nil {
		return NoLeader, noPartition(e.topic.Name, i, e.count).at(s.revision)
	}
	return slot.leader, nil
}

// Replicas is T8: the brokers that hold the partition, the preferred leader
// first. The list is shared.
func (s *State) Replicas(topic string, i int32) ([]int32, error) {
	p, err := s.Partition(topic, i)
	if err != nil {
		return nil, err
	}
	return p.Replicas, nil
}

// hasPartition reports whether a partition exists.
func (s *State) hasPartition(k PartitionKey) bool {
	e := s.topicByID(k.Topic)
	return e != nil && e.slot(k.Partition) != nil
}
