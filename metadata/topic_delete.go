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

// forgetOffsetsOf looks into every group. Groups stay.
func (d *Draft) forgetOffsetsOf(id TopicID) {
	var places []groupPlace
	for e := range d.state.groups.all() {
		places = e.placesOf(id, places)
	}
	for _, p := range places {
		d.dropOffsets(p.group, p.place)
	}
}

// groupPlace is where a group has committed something.
type groupPlace struct {
	group string
	place PartitionKey
}

// placesOf appends where the group has committed something for a topic, a place
// maybe twice.
func (e *groupEntry) placesOf(id TopicID, places []groupPlace) []groupPlace {
	first := placeKey(PartitionKey{Topic: id})
	e.offsets.tree.Ascend(first, func(_ string, o *Offset) bool {
		if o.Topic != id {
			return false
		}
		places = append(places, groupPlace{o.Group, o.place()})
		return true
	})
	for producer := range e.producers() {
		e.pending.tree.Ascend(pendingKey(producer, PartitionKey{Topic: id}), func(_ string, o *PendingOffset) bool {
			if o.ProducerID != producer || o.Topic != id {
				return false
			}
			places = append(places, groupPlace{o.Group, o.place()})
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
	var changed []*Transaction
	ofTopic := func(p PartitionKey) bool { return p.Topic == id }
	for t := range d.state.transactions.all() {
		if !slices.ContainsFunc(t.Partitions, ofTopic) {
			continue
		}
		next := *t
		next.Partitions = cloneNonEmpty(slices.DeleteFunc(slices.Clone(t.Partitions), ofTopic))
		next.ModifiedRevision = d.revision
		changed = append(changed, &next)
	}
	for _, t := range changed {
		d.setTransaction(t)
	}
}

func (c deleteTopic) id() TopicID { return TopicID(idFromEvent(c.m.GetTopicId())) }
