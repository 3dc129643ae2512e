package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// RegisterBroker is metadata.Store's.
func (c *Client) RegisterBroker(ctx context.Context, spec metadata.BrokerSpec, opts ...metadata.WriteOption) (metadata.RegisteredBroker, error) {
	return write(ctx, c, opts, c.metadata.RegisterBroker, func(o metadata.WriteOptions) *metalogv1.RegisterBrokerRequest {
		return convert.RegisterBrokerRequest(spec, o)
	}, convert.RegisteredBroker)
}

// SetBrokerState is metadata.Store's.
func (c *Client) SetBrokerState(ctx context.Context, spec metadata.BrokerStateSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.SetBrokerState, func(o metadata.WriteOptions) *metalogv1.SetBrokerStateRequest {
		return convert.SetBrokerStateRequest(spec, o)
	}, justWritten)
}

// UnregisterBroker is metadata.Store's.
func (c *Client) UnregisterBroker(ctx context.Context, spec metadata.UnregisterSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.UnregisterBroker, func(o metadata.WriteOptions) *metalogv1.UnregisterBrokerRequest {
		return convert.UnregisterBrokerRequest(spec, o)
	}, justWritten)
}

// Broker is metadata.Store's.
func (c *Client) Broker(ctx context.Context, id int32, opts ...metadata.ReadOption) (metadata.Read[*metadata.Broker], error) {
	req := &metalogv1.GetBrokerRequest{Id: id, Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetBroker, req, func(p *metalogv1.GetBrokerResponse) (*metadata.Broker, error) {
		return convert.Broker(p.GetBroker())
	})
}

// Brokers is metadata.Store's; see the package comment for long lists.
func (c *Client) Brokers(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Broker], error) {
	return list(ctx, c, c.metadata.ListBrokers, func(token string) *metalogv1.ListBrokersRequest {
		return &metalogv1.ListBrokersRequest{PageSize: pageSize, PageToken: token, Options: readOptions(opts)}
	}, func(p *metalogv1.ListBrokersResponse) ([]*metadata.Broker, error) {
		return convert.Brokers(p.GetBrokers())
	})
}
