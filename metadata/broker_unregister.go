package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

// NewUnregisterBroker is B3 as an event.
func NewUnregisterBroker(spec UnregisterSpec) *eventpb.Event {
	m := &eventpb.UnregisterBroker{BrokerId: spec.ID, Epoch: cloneOptional(spec.Epoch)}
	return &eventpb.Event{Command: &eventpb.Event_UnregisterBroker{UnregisterBroker: m}}
}

type unregisterBroker struct{ m *eventpb.UnregisterBroker }

func (c unregisterBroker) encode(e *encoder) {
	e.int(int64(c.m.GetBrokerId()))
	e.optionalInt(c.m.Epoch)
}

func (c unregisterBroker) check(s *State) *refusal {
	b := s.brokers.get(c.m.GetBrokerId())
	if b == nil {
		return noBroker(c.m.GetBrokerId())
	}
	if c.m.Epoch == nil {
		return nil
	}
	return checkBrokerEpoch(b, c.m.GetEpoch())
}

// apply fences the broker and removes its row. Replica lists keep its id, and
// so do the settings made for it, for the day it comes back.
func (c unregisterBroker) apply(d *Draft) (Response, *refusal) {
	id := c.m.GetBrokerId()
	d.deleteBroker(id)
	d.retire(id)
	return Response{}, nil
}
