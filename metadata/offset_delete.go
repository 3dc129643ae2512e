package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewDeleteOffsets is O4 as an event.
func NewDeleteOffsets(ref OffsetsRef) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_DeleteOffsets{DeleteOffsets: &eventpb.DeleteOffsets{
		Group: ref.Group, Partitions: partitionsToEvent(ref.Partitions),
	}}}
}

func partitionsToEvent(partitions []TopicPartition) []*eventpb.TopicPartition {
	out := make([]*eventpb.TopicPartition, 0, len(partitions))
	for _, p := range partitions {
		out = append(out, &eventpb.TopicPartition{Topic: p.Topic, Partition: p.Partition})
	}
	return out
}

func encodeTopicPartitions(e *encoder, partitions []*eventpb.TopicPartition) {
	e.list(len(partitions))
	for _, p := range partitions {
		e.str(p.GetTopic())
		e.int(int64(p.GetPartition()))
	}
}

type deleteOffsets struct{ m *eventpb.DeleteOffsets }

func (c deleteOffsets) encode(e *encoder) {
	e.str(c.m.GetGroup())
	encodeTopicPartitions(e, c.m.GetPartitions())
}

// consumerProtocol is the type of groups whose members subscribe to topics.
const consumerProtocol = "consumer"

func (c deleteOffsets) check(s *State) *refusal {
	id := c.m.GetGroup()
	state, _ := s.standing(id)
	if state == GroupDead {
		return noGroup(id)
	}
	if g := s.groups.get(id).group; state != GroupEmpty && g.ProtocolType != consumerProtocol {
		return refuse(CodeNonEmptyGroup, "group %s is %s, and nobody can tell which offsets its members need: stop them first", quote(id), state)
	}
	return nil
}

func (c deleteOffsets) apply(d *Draft) (Response, *refusal) {
	var failed []ItemError
	for i, p := range c.m.GetPartitions() {
		if d.state.groups.get(c.m.GetGroup()).group.subscribes(p.GetTopic()) {
			failed = append(failed, ItemError{int32(i), CodeGroupSubscribedToTopic})
			continue
		}
		if topic := d.state.topics.get(p.GetTopic()); topic != nil {
			d.dropOffsets(c.m.GetGroup(), PartitionKey{topic.topic.ID, p.GetPartition()})
		}
	}
	return Response{Failed: failed}, nil
}

func (g *Group) subscribes(topic string) bool {
	return slices.ContainsFunc(g.Members, func(m GroupMember) bool { return slices.Contains(m.Topics, topic) })
}

// dropOffsets removes what a group has committed for a partition, in open
// transactions too.
func (d *Draft) dropOffsets(group string, at PartitionKey) {
	e := d.group(group)
	if o := e.offsets.get(placeKey(at)); o != nil {
		d.deleteOffset(e, o)
	}
	var pending []*PendingOffset
	for producer := range e.producers() {
		if o := e.pending.get(pendingKey(producer, at)); o != nil {
			pending = append(pending, o)
		}
	}
	for _, o := range pending {
		d.deletePending(e, o)
	}
}
