package metadata

import "github.com/chronik-stream/metalog/metadata/eventpb"

// NewSetBrokerState is B2 as an event.
func NewSetBrokerState(spec BrokerStateSpec) *eventpb.Event {
	m := &eventpb.SetBrokerState{
		BrokerId: spec.ID,
		Epoch:    spec.Epoch,
		State:    eventpb.BrokerState(spec.State),
	}
	return &eventpb.Event{Command: &eventpb.Event_SetBrokerState{SetBrokerState: m}}
}

type setBrokerState struct{ m *eventpb.SetBrokerState }

func (c setBrokerState) encode(e *encoder) {
	e.int(int64(c.m.GetBrokerId()))
	e.int(c.m.GetEpoch())
	e.int(int64(c.m.GetState()))
}

func (c setBrokerState) check(s *State) *refusal {
	switch c.m.GetState() {
	case eventpb.BrokerState_BROKER_STATE_FENCED,
		eventpb.BrokerState_BROKER_STATE_UNFENCED,
		eventpb.BrokerState_BROKER_STATE_CONTROLLED_SHUTDOWN:
	default:
		return refuse(CodeInvalidRequest, "broker state %d isn't one: give fenced, unfenced or controlled_shutdown", int32(c.m.GetState()))
	}
	id, epoch := c.m.GetBrokerId(), c.m.GetEpoch()
	b := s.brokers.get(id)
	if b == nil {
		return refuse(CodeStaleBrokerEpoch, "broker %d isn't registered, so %d isn't its epoch: register it first", id, epoch)
	}
	return checkBrokerEpoch(b, epoch)
}

func checkBrokerEpoch(b *Broker, epoch int64) *refusal {
	if b.Epoch != epoch {
		return refuse(CodeStaleBrokerEpoch, "broker %d is at epoch %d, not %d: every registration has an epoch of its own, so read the broker again and decide anew", b.ID, b.Epoch, epoch)
	}
	return nil
}

func (c setBrokerState) apply(d *Draft) (Response, *refusal) {
	b := *d.state.brokers.get(c.m.GetBrokerId())
	if to := BrokerState(c.m.GetState()); b.State != to {
		b.State = to
		b.UpdatedMS, b.ModifiedRevision = d.now, d.revision
		d.setBroker(&b)
		if to == BrokerUnfenced {
			d.lead(b.ID)
		} else {
			d.retire(b.ID)
		}
	}
	return Response{}, nil
}
