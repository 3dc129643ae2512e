package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewRegisterBroker is B1 as an event.
func NewRegisterBroker(spec BrokerSpec) *eventpb.Event {
	m := &eventpb.RegisterBroker{
		BrokerId:    spec.ID,
		Incarnation: slices.Clone(spec.Incarnation[:]),
		Rack:        spec.Rack,
	}
	for _, e := range spec.Endpoints {
		m.Endpoints = append(m.Endpoints, &eventpb.Endpoint{
			Name:             e.Name,
			Host:             e.Host,
			Port:             e.Port,
			SecurityProtocol: e.SecurityProtocol,
		})
	}
	return &eventpb.Event{Command: &eventpb.Event_RegisterBroker{RegisterBroker: m}}
}

type registerBroker struct{ m *eventpb.RegisterBroker }

func (c registerBroker) encode(e *encoder) {
	e.int(int64(c.m.GetBrokerId()))
	e.id(c.incarnation())
	e.list(len(c.m.GetEndpoints()))
	for _, p := range c.m.GetEndpoints() {
		e.str(p.GetName())
		e.str(p.GetHost())
		e.int(int64(p.GetPort()))
		e.str(p.GetSecurityProtocol())
	}
	e.str(c.m.GetRack())
}

func (c registerBroker) check(s *State) *refusal {
	id := c.m.GetBrokerId()
	if id < 0 {
		return refuse(CodeInvalidRequest, "broker id %d is negative: give 0 or more", id)
	}
	if len(c.m.GetEndpoints()) == 0 {
		return refuse(CodeInvalidRequest, "broker %d has no endpoint: give one at least", id)
	}
	for _, e := range c.m.GetEndpoints() {
		if e.GetPort() < 1 || e.GetPort() > 65535 {
			return refuse(CodeInvalidRequest, "endpoint %s of broker %d has port %d: give 1 to 65535", quote(e.GetName()), id, e.GetPort())
		}
	}
	if c.incarnation().IsZero() {
		return refuse(CodeInvalidRequest, "the incarnation of broker %d is all zeros: choose a random one at each start", id)
	}
	if b := s.brokers.get(id); b != nil && b.State == BrokerUnfenced && b.Incarnation != c.incarnation() {
		return refuse(CodeDuplicateBrokerRegistration, "broker %d is alive as incarnation %s: stop that one, or give this one another id", id, b.Incarnation)
	}
	return nil
}

func (c registerBroker) apply(d *Draft) (Response, *refusal) {
	b := d.state.brokers.get(c.m.GetBrokerId())
	if b != nil && b.Incarnation == c.incarnation() {
		c.amend(d, b)
		return Response{BrokerEpoch: b.Epoch}, nil
	}
	next := &Broker{
		ID:               c.m.GetBrokerId(),
		Incarnation:      c.incarnation(),
		Epoch:            int64(d.revision),
		State:            BrokerFenced,
		Endpoints:        c.endpoints(),
		Rack:             c.m.GetRack(),
		RegisteredMS:     d.now,
		UpdatedMS:        d.now,
		CreatedRevision:  d.revision,
		ModifiedRevision: d.revision,
	}
	if b != nil {
		next.CreatedRevision = b.CreatedRevision
	}
	d.setBroker(next)
	return Response{BrokerEpoch: next.Epoch}, nil
}

// amend is for the same incarnation: it keeps its epoch and its state.
func (c registerBroker) amend(d *Draft, b *Broker) {
	next := *b
	next.Endpoints, next.Rack = c.endpoints(), c.m.GetRack()
	if slices.Equal(next.Endpoints, b.Endpoints) && next.Rack == b.Rack {
		return
	}
	next.UpdatedMS, next.ModifiedRevision = d.now, d.revision
	d.setBroker(&next)
}

func (c registerBroker) incarnation() Incarnation {
	return Incarnation(idFromEvent(c.m.GetIncarnation()))
}

func (c registerBroker) endpoints() []Endpoint {
	out := make([]Endpoint, 0, len(c.m.GetEndpoints()))
	for _, e := range c.m.GetEndpoints() {
		out = append(out, Endpoint{
			Name:             e.GetName(),
			Host:             e.GetHost(),
			Port:             e.GetPort(),
			SecurityProtocol: e.GetSecurityProtocol(),
		})
	}
	return out
}
