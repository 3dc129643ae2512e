package model

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// registerBroker is B1.
func (e *event) registerBroker(spec metadata.BrokerSpec) (metadata.Response, metadata.Code) {
	bad := spec.ID < 0 || len(spec.Endpoints) == 0 || spec.Incarnation.IsZero()
	for _, ep := range spec.Endpoints {
		bad = bad || ep.Port < 1 || ep.Port > 65_535
	}
	if bad {
		return refused(metadata.CodeInvalidRequest)
	}
	b, known := e.brokers[spec.ID]
	if known && b.State == metadata.BrokerUnfenced && b.Incarnation != spec.Incarnation {
		return refused(metadata.CodeDuplicateBrokerRegistration)
	}
	if !known || b.Incarnation != spec.Incarnation {
		b.ID, b.Incarnation = spec.ID, spec.Incarnation
		b.Epoch, b.State, b.RegisteredMS = int64(e.revision), metadata.BrokerFenced, e.now
	}
	b.Endpoints, b.Rack = spec.Endpoints, spec.Rack
	e.putBroker(b)
	return metadata.Response{BrokerEpoch: b.Epoch}, metadata.CodeNone
}

// setBrokerState is B2.
func (e *event) setBrokerState(spec metadata.BrokerStateSpec) (metadata.Response, metadata.Code) {
	if spec.State < metadata.BrokerFenced || spec.State > metadata.BrokerControlledShutdown {
		return refused(metadata.CodeInvalidRequest)
	}
	b, ok := e.brokers[spec.ID]
	if !ok || b.Epoch != spec.Epoch {
		return refused(metadata.CodeStaleBrokerEpoch)
	}
	if b.State == spec.State {
		return done()
	}
	b.State = spec.State
	e.putBroker(b)
	if spec.State == metadata.BrokerUnfenced {
		e.lead(spec.ID)
	} else {
		e.fence(spec.ID)
	}
	return done()
}

// unregisterBroker is B3.
func (e *event) unregisterBroker(spec metadata.UnregisterSpec) (metadata.Response, metadata.Code) {
	b, ok := e.brokers[spec.ID]
	if !ok {
		return refused(metadata.CodeBrokerIDNotRegistered)
	}
	if spec.Epoch != nil && *spec.Epoch != b.Epoch {
		return refused(metadata.CodeStaleBrokerEpoch)
	}
	b.State = metadata.BrokerFenced
	e.putBroker(b)
	e.fence(spec.ID)
	delete(e.brokers, spec.ID)
	return done()
}

// fence drops a broker from every in-sync set of which it isn't the last.
func (e *event) fence(id int32) {
	for _, p := range e.partitions {
		if !slices.Contains(p.ISR, id) {
			continue
		}
		if len(p.ISR) == 1 {
			if p.Leader == id {
				e.putLed(p, metadata.NoLeader)
			}
			continue
		}
		p.ISR = slices.DeleteFunc(slices.Clone(p.ISR), func(r int32) bool { return r == id })
		leader := p.Leader
		if leader == id {
			leader = e.nextLeader(p)
		}
		e.putLed(p, leader)
	}
}

func (e *event) nextLeader(p metadata.Partition) int32 {
	for _, r := range p.Replicas {
		if slices.Contains(p.ISR, r) && e.unfenced(r) {
			return r
		}
	}
	return metadata.NoLeader
}

// lead makes a broker the leader of what nobody leads and where it is in sync.
func (e *event) lead(id int32) {
	for _, p := range e.partitions {
		if p.Leader == metadata.NoLeader && slices.Contains(p.ISR, id) {
			e.putLed(p, id)
		}
	}
}

func (t *tables) unfenced(id int32) bool { return t.brokers[id].State == metadata.BrokerUnfenced }

func (e *event) putBroker(b metadata.Broker) {
	put(e, e.brokers, b.ID, b, func(b *metadata.Broker) stamps {
		return stamps{&b.CreatedRevision, &b.ModifiedRevision, &b.UpdatedMS}
	})
}
