package model

import "github.com/chronik-stream/metalog/metadata"

func (g *generator) onBrokers() metadata.BatchOperation {
	switch g.upTo(9) {
	case 0, 1:
		return metadata.BatchOperation{RegisterBroker: g.registration()}
	case 2:
		return metadata.BatchOperation{UnregisterBroker: g.unregistration()}
	case 3:
		id := g.brokerID()
		return metadata.BatchOperation{AllocateProducerIDs: &metadata.ProducerIDsSpec{
			Broker: mostly(g.drawer, id, metadata.NoBroker, metadata.NoBroker), Epoch: g.brokerEpoch(id),
		}}
	default:
		return metadata.BatchOperation{SetBrokerState: g.state()}
	}
}

func (g *generator) state() *metadata.BrokerStateSpec {
	id := g.brokerID()
	return &metadata.BrokerStateSpec{
		ID: id, Epoch: g.brokerEpoch(id),
		State: mostly(g.drawer, pick(g.drawer, []metadata.BrokerState{
			metadata.BrokerUnfenced, metadata.BrokerUnfenced, metadata.BrokerFenced, metadata.BrokerControlledShutdown,
		}), 0, 9),
	}
}

// brokerID is one that is registered, mostly.
func (g *generator) brokerID() int32 {
	if all := sorted(g.node.brokers); len(all) > 0 && !g.seldom(6) {
		return pick(g.drawer, all).ID
	}
	return pick(g.drawer, brokerIDs)
}

func (g *generator) brokerEpoch(id int32) int64 {
	now := g.node.brokers[id].Epoch
	return mostly(g.drawer, now, now+1, 0)
}

func (g *generator) registration() *metadata.BrokerSpec {
	id := pick(g.drawer, brokerIDs)
	return &metadata.BrokerSpec{
		ID:          mostly(g.drawer, id, -1),
		Incarnation: mostly(g.drawer, metadata.Incarnation{15: byte(1 + g.upTo(2))}, metadata.Incarnation{}),
		Rack:        pick(g.drawer, []string{"", "r"}),
		Endpoints: several(g.drawer, 2, func() metadata.Endpoint {
			return metadata.Endpoint{
				Name: pick(g.drawer, []string{"plain", "tls"}), Host: "h",
				Port: mostly(g.drawer, int32(9092), 0, 65_535, 65_536),
			}
		}),
	}
}

func (g *generator) unregistration() *metadata.UnregisterSpec {
	spec := &metadata.UnregisterSpec{ID: g.brokerID()}
	if g.seldom(2) {
		epoch := g.brokerEpoch(spec.ID)
		spec.Epoch = &epoch
	}
	return spec
}
