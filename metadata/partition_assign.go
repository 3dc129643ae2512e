package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewAssignPartition is T9 as an event.
func NewAssignPartition(spec AssignmentSpec) *eventpb.Event {
	m := &eventpb.AssignPartition{
		Topic:                  spec.Topic,
		Partition:              spec.Partition,
		Replicas:               slices.Clone(spec.Replicas),
		Leader:                 spec.Leader,
		ExpectedPartitionEpoch: cloneOptional(spec.ExpectedPartitionEpoch),
	}
	return &eventpb.Event{Command: &eventpb.Event_AssignPartition{AssignPartition: m}}
}

type assignPartition struct{ m *eventpb.AssignPartition }

func (c assignPartition) encode(e *encoder) {
	e.str(c.m.GetTopic())
	e.int(int64(c.m.GetPartition()))
	e.int32s(c.m.GetReplicas())
	e.int(int64(c.m.GetLeader()))
	var expected *int64
	if c.m.ExpectedPartitionEpoch != nil {
		v := int64(c.m.GetExpectedPartitionEpoch())
		expected = &v
	}
	e.optionalInt(expected)
}

func (c assignPartition) check(s *State) *refusal {
	name, i := c.m.GetTopic(), c.m.GetPartition()
	entry := s.topics.get(name)
	if entry == nil {
		return noTopic(name)
	}
	p := entry.partition(i)
	if p == nil {
		return noPartition(name, i, entry.count)
	}
	if r := checkReplicaIDs(s, i, c.m.GetReplicas(), !s.brokerless()); r != nil {
		return r
	}
	if r := c.checkLeader(s); r != nil {
		return r
	}
	if want := c.m.ExpectedPartitionEpoch; want != nil && *want != p.PartitionEpoch {
		return refuse(CodeInvalidUpdateVersion, "partition %d of topic %s is at partition epoch %d, not %d: somebody changed it, so read it again and decide anew", i, quote(name), p.PartitionEpoch, *want)
	}
	return nil
}

func (c assignPartition) checkLeader(s *State) *refusal {
	i, leader := c.m.GetPartition(), c.m.GetLeader()
	if !slices.Contains(c.m.GetReplicas(), leader) {
		return refuse(CodeInvalidReplicaAssignment, "broker %d can't lead partition %d, as it isn't one of its replicas: name one that is", leader, i)
	}
	isr := s.inSync(c.m.GetReplicas())
	if len(isr) == 0 {
		return allFenced(i)
	}
	if !slices.Contains(isr, leader) {
		return refuse(CodeInvalidReplicaAssignment, "broker %d can't lead partition %d, as it isn't unfenced: unfence it or name another", leader, i)
	}
	return nil
}

func (c assignPartition) apply(d *Draft) (Response, *refusal) {
	p := *d.topic(c.m.GetTopic()).partition(c.m.GetPartition())
	p.Replicas = slices.Clone(c.m.GetReplicas())
	p.ISR = d.state.inSync(p.Replicas)
	p.setLeader(c.m.GetLeader())
	d.changePartition(&p)
	return Response{}, nil
}

// setLeader counts the leader epoch up if the leader is another one.
func (p *Partition) setLeader(id int32) {
	if p.Leader != id {
		p.Leader = id
		p.LeaderEpoch++
	}
}

// changePartition stores p, a changed copy of the partition in its place.
func (d *Draft) changePartition(p *Partition) {
	p.PartitionEpoch++
	p.ModifiedRevision = d.revision
	d.setPartition(p)
}
