package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// RegisterBroker is metadata.BrokerStore's.
func (n nouns) RegisterBroker(ctx context.Context, spec metadata.BrokerSpec, opts ...metadata.WriteOption) (metadata.RegisteredBroker, error) {
	res, w, err := n.result(ctx, metadata.NewRegisterBroker(spec), opts)
	return metadata.RegisteredBroker{Written: w, Epoch: res.Response.BrokerEpoch}, err
}

// SetBrokerState is metadata.BrokerStore's.
func (n nouns) SetBrokerState(ctx context.Context, spec metadata.BrokerStateSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewSetBrokerState(spec), opts)
}

// UnregisterBroker is metadata.BrokerStore's.
func (n nouns) UnregisterBroker(ctx context.Context, spec metadata.UnregisterSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewUnregisterBroker(spec), opts)
}

// Broker is metadata.BrokerStore's.
func (n nouns) Broker(ctx context.Context, id int32, opts ...metadata.ReadOption) (metadata.Read[*metadata.Broker], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[*metadata.Broker]{}, err
	}
	b, err := s.Broker(id)
	return value(s, stale, b, err)
}

// Brokers is metadata.BrokerStore's.
func (n nouns) Brokers(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Broker], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[[]*metadata.Broker]{}, err
	}
	return value(s, stale, s.Brokers(), nil)
}
