package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// AlterConfigs is metadata.Store's.
func (c *Client) AlterConfigs(ctx context.Context, spec metadata.ConfigSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.AlterConfigs, func(o metadata.WriteOptions) *metalogv1.AlterConfigsRequest {
		return convert.AlterConfigsRequest(spec, o)
	}, justWritten)
}

// Configs is metadata.Store's.
func (c *Client) Configs(ctx context.Context, resource metadata.Resource, opts ...metadata.ReadOption) (metadata.Read[metadata.Configs], error) {
	req := &metalogv1.GetConfigsRequest{Resource: convert.ResourceProto(resource), Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetConfigs, req, func(p *metalogv1.GetConfigsResponse) (metadata.Configs, error) {
		return convert.Configs(p.GetConfigs()), nil
	})
}
