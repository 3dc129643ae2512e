package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// FeatureLevel is metadata.Store's.
func (c *Client) FeatureLevel(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[uint32], error) {
	req := &metalogv1.GetFeatureLevelRequest{Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetFeatureLevel, req, func(p *metalogv1.GetFeatureLevelResponse) (uint32, error) {
		return p.GetLevel(), nil
	})
}

// SetFeatureLevel is metadata.Store's.
func (c *Client) SetFeatureLevel(ctx context.Context, spec metadata.FeatureLevelSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.SetFeatureLevel, func(o metadata.WriteOptions) *metalogv1.SetFeatureLevelRequest {
		return convert.SetFeatureLevelRequest(spec, o)
	}, justWritten)
}

// ResetClock is metadata.Store's.
func (c *Client) ResetClock(ctx context.Context, spec metadata.ClockSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.ResetClock, func(o metadata.WriteOptions) *metalogv1.ResetClockRequest {
		return convert.ResetClockRequest(spec, o)
	}, justWritten)
}
