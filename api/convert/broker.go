package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// BrokerProto is a broker for the wire.
func BrokerProto(b *metadata.Broker) *metalogv1.Broker {
	return &metalogv1.Broker{
		Id:               b.ID,
		Incarnation:      idText(b.Incarnation),
		Epoch:            b.Epoch,
		State:            enumProto[metalogv1.BrokerState](b.State),
		Endpoints:        each(b.Endpoints, endpointProto),
		Rack:             b.Rack,
		RegisteredMs:     b.RegisteredMS,
		UpdatedMs:        b.UpdatedMS,
		CreatedRevision:  b.CreatedRevision,
		ModifiedRevision: b.ModifiedRevision,
	}
}

// Broker is a broker from the wire.
func Broker(p *metalogv1.Broker) (*metadata.Broker, error) {
	inc, err := incarnation(p.GetIncarnation())
	return &metadata.Broker{
		ID:               p.GetId(),
		Incarnation:      inc,
		Epoch:            p.GetEpoch(),
		State:            enumPlain[metadata.BrokerState](p.GetState()),
		Endpoints:        each(p.GetEndpoints(), endpoint),
		Rack:             p.GetRack(),
		RegisteredMS:     p.GetRegisteredMs(),
		UpdatedMS:        p.GetUpdatedMs(),
		CreatedRevision:  p.GetCreatedRevision(),
		ModifiedRevision: p.GetModifiedRevision(),
	}, err
}

// Brokers stops at the first broker that can't be read.
func Brokers(ps []*metalogv1.Broker) ([]*metadata.Broker, error) { return eachErr(ps, Broker) }

func endpointProto(e metadata.Endpoint) *metalogv1.Endpoint {
	return &metalogv1.Endpoint{Name: e.Name, Host: e.Host, Port: e.Port, SecurityProtocol: e.SecurityProtocol}
}

func endpoint(p *metalogv1.Endpoint) metadata.Endpoint {
	return metadata.Endpoint{Name: p.GetName(), Host: p.GetHost(), Port: p.GetPort(), SecurityProtocol: p.GetSecurityProtocol()}
}

// RegisterBrokerRequest asks for a registration.
func RegisterBrokerRequest(spec metadata.BrokerSpec, o metadata.WriteOptions) *metalogv1.RegisterBrokerRequest {
	return &metalogv1.RegisterBrokerRequest{
		Id:          spec.ID,
		Incarnation: idText(spec.Incarnation),
		Endpoints:   each(spec.Endpoints, endpointProto),
		Rack:        spec.Rack,
		Options:     WriteOptionsProto(o),
	}
}

// BrokerSpec reads a registration.
func BrokerSpec(p *metalogv1.RegisterBrokerRequest) (metadata.BrokerSpec, error) {
	inc, err := incarnation(p.GetIncarnation())
	return metadata.BrokerSpec{
		ID: p.GetId(), Incarnation: inc, Endpoints: each(p.GetEndpoints(), endpoint), Rack: p.GetRack(),
	}, err
}

// RegisterBrokerResponse answers a registration.
func RegisterBrokerResponse(r metadata.RegisteredBroker) *metalogv1.RegisterBrokerResponse {
	return &metalogv1.RegisterBrokerResponse{Written: WrittenProto(r.Written), Epoch: r.Epoch}
}

// RegisteredBroker reads the answer to a registration.
func RegisteredBroker(p *metalogv1.RegisterBrokerResponse) (metadata.RegisteredBroker, error) {
	w, err := Written(p.GetWritten())
	return metadata.RegisteredBroker{Written: w, Epoch: p.GetEpoch()}, err
}

// SetBrokerStateRequest asks for a state.
func SetBrokerStateRequest(spec metadata.BrokerStateSpec, o metadata.WriteOptions) *metalogv1.SetBrokerStateRequest {
	return &metalogv1.SetBrokerStateRequest{
		Id: spec.ID, Epoch: spec.Epoch, State: enumProto[metalogv1.BrokerState](spec.State), Options: WriteOptionsProto(o),
	}
}

// BrokerStateSpec reads which state is wished for.
func BrokerStateSpec(p *metalogv1.SetBrokerStateRequest) metadata.BrokerStateSpec {
	return metadata.BrokerStateSpec{ID: p.GetId(), Epoch: p.GetEpoch(), State: enumPlain[metadata.BrokerState](p.GetState())}
}

// UnregisterBrokerRequest asks for a broker's removal.
func UnregisterBrokerRequest(spec metadata.UnregisterSpec, o metadata.WriteOptions) *metalogv1.UnregisterBrokerRequest {
	return &metalogv1.UnregisterBrokerRequest{Id: spec.ID, Epoch: spec.Epoch, Options: WriteOptionsProto(o)}
}

// UnregisterSpec reads a removal.
func UnregisterSpec(p *metalogv1.UnregisterBrokerRequest) metadata.UnregisterSpec {
	return metadata.UnregisterSpec{ID: p.GetId(), Epoch: p.Epoch}
}
