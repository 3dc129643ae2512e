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

func (c deleteTopic) apply(d *Draft) Response {
	name := c.m.GetName()
	if name == "" {
		name = d.state.topicByID(c.id()).topic.Name
	}
	d.deleteTopic(name)
	return Response{}
}

func (c deleteTopic) id() TopicID { return TopicID(idFromEvent(c.m.GetTopicId())) }
