package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewDeleteTopic is T2 as an event.
func NewDeleteTopic(ref TopicRef) *eventpb.Event {
	m := &eventpb.DeleteTopic{Name: ref.Name}
	if !ref.ID.IsZero() {
		m.TopicId = slices.Clone(ref.ID[:])
	}
	return &eventpb.Event{Command: &eventpb.Event_DeleteTopic{DeleteTopic: m}}
}

type deleteTopic struct{ m *eventpb.DeleteTopic }

func (c deleteTopic) encode(e *encoder) {
	e.str(c.m.GetName())
	e.id(c.id())
}

func (c deleteTopic) check(s *State) *refusal {
	name, id := c.m.GetName(), c.id()
	if (name == "") == id.IsZero() {
		return refuse(CodeInvalidRequest, "a topic is named by its name or by its id: give one of them, not both")
	}
	if name != "" {
		if s.topics.get(name) == nil {
			return noTopic(name)
		}
		return nil
	}
	if s.topicByID(id) == nil {
		return noTopicID(id)
	}
	return nil
}

func (c deleteTopic) apply(d *Draft) (Response, *refusal) {
	name := c.m.GetName()
	if name == "" {
		name = d.state.topicByID(c.id()).topic.Name
	}
	id := d.state.topics.get(name).topic.ID
	d.forgetOffsetsOf(id)
	d.forgetSegmentsOf(id)
	d.leaveTransactions(id)
	d.deleteTopic(name)
	return Response{}, nil
}

// forgetOffsetsOf looks into every group that may have any. Groups stay.
func (d *Draft) forgetOffsetsOf(id TopicID) {
	for _, group := range slices.Collect(d.state.readersOf(id)) {
		if e := d.state.groups.get(group); e != nil {
			for _, p := range e.placesOf(id) {
				d.dropOffsets(group, p)
			}
		}
		d.state.noReader(id, group)
	}
}

// placesOf is where the group has committed something for a topic, a place maybe
// twice.
func (e *groupEntry) placesOf(id TopicID) (places []PartitionKey) {
	e.offsets.tree.Ascend(placeKey(PartitionKey{Topic: id}), func(_ string, o *Offset) bool {
		if o.Topic != id {
			return false
		}
		places = append(places, o.place())
		return true
	})
	for producer := range e.producers() {
		e.pending.tree.Ascend(pendingKey(producer, PartitionKey{Topic: id}), func(_ string, o *PendingOffset) bool {
			if o.ProducerID != producer || o.Topic != id {
				return false
			}
			places = append(places, o.place())
			return true
		})
	}
	return places
}

func (d *Draft) forgetSegmentsOf(id TopicID) {
	for _, s := range slices.Collect(d.state.segmentsOf(id)) {
		d.deleteSegment(s)
	}
}

// leaveTransactions takes a topic's partitions out of all transactions, which go
// on without them.
func (d *Draft) leaveTransactions(id TopicID) {
	for _, transactionalID := range slices.Collect(d.state.holdersOf(id)) {
		next := *d.state.transactions.get(transactionalID)
		next.Partitions = cloneNonEmpty(slices.DeleteFunc(slices.Clone(next.Partitions), func(p PartitionKey) bool { return p.Topic == id }))
		next.ModifiedRevision = d.revision
		d.setTransaction(&next)
	}
}

func (c deleteTopic) id() TopicID { return TopicID(idFromEvent(c.m.GetTopicId())) }
