package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

// NewResetClock is ResetClock as an event.
func NewResetClock(spec ClockSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_ResetClock{ResetClock: &eventpb.ResetClock{ToMs: spec.ToMS}}}
}

type resetClock struct{ m *eventpb.ResetClock }

func (c resetClock) encode(e *encoder) { e.int(c.m.GetToMs()) }

// check compares with the time before the event, whose own clock may be the one
// that is wrong.
func (c resetClock) check(s *State) *refusal {
	if to := c.m.GetToMs(); to < 0 || to >= s.lastMS {
		return refuse(CodeInvalidRequest, "the clock is at %d ms and can't be set back to %d: give an earlier time, 0 or more", s.lastMS, to)
	}
	return nil
}

func (c resetClock) apply(d *Draft) (Response, *refusal) {
	d.state.lastMS = c.m.GetToMs()
	return Response{}, nil
}
