package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) RegisterBroker(ctx context.Context, req *metalogv1.RegisterBrokerRequest) (*metalogv1.RegisterBrokerResponse, error) {
	spec, bad := convert.BrokerSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.RegisteredBroker, error) {
		return n.store.RegisterBroker(ctx, spec, o)
	}, convert.RegisterBrokerResponse)
}

func (n *nouns) SetBrokerState(ctx context.Context, req *metalogv1.SetBrokerStateRequest) (*metalogv1.SetBrokerStateResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.SetBrokerState(ctx, convert.BrokerStateSpec(req), o)
	}, func(w metadata.Written) *metalogv1.SetBrokerStateResponse {
		return &metalogv1.SetBrokerStateResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) UnregisterBroker(ctx context.Context, req *metalogv1.UnregisterBrokerRequest) (*metalogv1.UnregisterBrokerResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.UnregisterBroker(ctx, convert.UnregisterSpec(req), o)
	}, func(w metadata.Written) *metalogv1.UnregisterBrokerResponse {
		return &metalogv1.UnregisterBrokerResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) GetBroker(ctx context.Context, req *metalogv1.GetBrokerRequest) (*metalogv1.GetBrokerResponse, error) {
	return read(req.GetOptions(), nil, func(o metadata.ReadOption) (metadata.Read[*metadata.Broker], error) {
		return n.store.Broker(ctx, req.GetId(), o)
	}, func(r metadata.Read[*metadata.Broker]) *metalogv1.GetBrokerResponse {
		return &metalogv1.GetBrokerResponse{Broker: convert.BrokerProto(r.Value), Revision: r.Revision, Stale: r.Stale}
	})
}

func (n *nouns) ListBrokers(ctx context.Context, req *metalogv1.ListBrokersRequest) (*metalogv1.ListBrokersResponse, error) {
	cut := numbered("brokers", func(b *metadata.Broker) int32 { return b.ID }, convert.BrokerProto)
	bad := cut.open(req)
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[[]*metadata.Broker], error) {
		return n.store.Brokers(ctx, o, cut.notBefore())
	}, func(r metadata.Read[[]*metadata.Broker]) *metalogv1.ListBrokersResponse {
		rows, next := cut.page(r)
		return &metalogv1.ListBrokersResponse{Brokers: rows, NextPageToken: next, Revision: r.Revision, Stale: r.Stale}
	})
}
