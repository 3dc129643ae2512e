package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

// NewDeleteGroup is O5 as an event.
func NewDeleteGroup(group string) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_DeleteGroup{DeleteGroup: &eventpb.DeleteGroup{Group: group}}}
}

type deleteGroup struct{ m *eventpb.DeleteGroup }

func (c deleteGroup) encode(e *encoder) { e.str(c.m.GetGroup()) }

func (c deleteGroup) check(s *State) *refusal {
	id := c.m.GetGroup()
	switch state, _ := s.standing(id); state {
	case GroupDead:
		return noGroup(id)
	case GroupEmpty:
		return nil
	default:
		return refuse(CodeNonEmptyGroup, "group %s is %s: stop its members first", quote(id), state)
	}
}

// apply leaves transactions alone that commit for the group: what they commit
// next makes it anew.
func (c deleteGroup) apply(d *Draft) (Response, *refusal) {
	d.deleteGroup(c.m.GetGroup())
	return Response{}, nil
}
