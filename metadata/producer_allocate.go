package metadata

import (
	"math"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewAllocateProducerIDs is P1 as an event.
func NewAllocateProducerIDs(spec ProducerIDsSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_AllocateProducerIds{AllocateProducerIds: &eventpb.AllocateProducerIDs{
		BrokerId: spec.Broker, BrokerEpoch: spec.Epoch,
	}}}
}

type allocateProducerIDs struct{ m *eventpb.AllocateProducerIDs }

func (c allocateProducerIDs) encode(e *encoder) {
	e.int(int64(c.m.GetBrokerId()))
	e.int(c.m.GetBrokerEpoch())
}

func (c allocateProducerIDs) check(s *State) *refusal {
	id := c.m.GetBrokerId()
	if id != NoBroker || !s.brokerless() {
		b := s.brokers.get(id)
		if b == nil {
			return refuse(CodeStaleBrokerEpoch, "broker %d isn't registered, so %d isn't its epoch: register it first", id, c.m.GetBrokerEpoch())
		}
		if r := checkBrokerEpoch(b, c.m.GetBrokerEpoch()); r != nil {
			return r
		}
	}
	return s.checkProducerIDsLeft()
}

// checkProducerIDsLeft refuses the last ids, so that no block is cut short.
func (s *State) checkProducerIDsLeft() *refusal {
	if s.producerIDs > math.MaxInt64-ProducerIDBlock {
		return refuse(CodeUnknownServerError, "all producer ids have been handed out: begin a new cluster")
	}
	return nil
}

// apply never gives an id twice: what a holder of a block doesn't use is lost.
func (c allocateProducerIDs) apply(d *Draft) (Response, *refusal) {
	first := d.state.producerIDs
	d.state.producerIDs += ProducerIDBlock
	return Response{ProducerID: int64(first)}, nil
}
