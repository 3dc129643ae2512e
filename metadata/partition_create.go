package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

// NewCreatePartitions is T4 as an event.
func NewCreatePartitions(spec PartitionsSpec) *eventpb.Event {
	m := &eventpb.CreatePartitions{
		Topic:       spec.Topic,
		Total:       spec.Total,
		Assignments: assignmentsToEvent(spec.Assignments),
	}
	return &eventpb.Event{Command: &eventpb.Event_CreatePartitions{CreatePartitions: m}}
}

type createPartitions struct{ m *eventpb.CreatePartitions }

func (c createPartitions) encode(e *encoder) {
	e.str(c.m.GetTopic())
	e.int(int64(c.m.GetTotal()))
	encodeAssignments(e, c.m.GetAssignments())
}

func (c createPartitions) check(s *State) *refusal {
	entry := s.topics.get(c.m.GetTopic())
	if entry == nil {
		return noTopic(c.m.GetTopic())
	}
	t, total := entry.topic, c.m.GetTotal()
	if total <= t.Partitions {
		return refuse(CodeInvalidPartitions, "topic %s has %d partitions and a topic only grows: ask for a total above that, not %d", quote(t.Name), t.Partitions, total)
	}
	added := total - t.Partitions
	if r := checkNewPartitions(int64(added)); r != nil {
		return r
	}
	assignments := c.m.GetAssignments()
	if len(assignments) == 0 {
		return checkPlaceable(s, t.ReplicationFactor)
	}
	if len(assignments) != int(added) {
		return refuse(CodeInvalidReplicaAssignment, "%d assignments don't fit %d new partitions: give one for each, or none", len(assignments), added)
	}
	return checkAssignments(s, assignments, t.Partitions, t.ReplicationFactor)
}

func (c createPartitions) apply(d *Draft) (Response, *refusal) {
	before := d.state.topics.get(c.m.GetTopic()).topic
	t := *before
	t.Partitions = c.m.GetTotal()
	t.UpdatedMS, t.ModifiedRevision = d.now, d.revision
	d.setTopic(&t)
	addPartitions(d, &t, before.Partitions, c.m.GetAssignments())
	return Response{}, nil
}
