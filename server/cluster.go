package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) GetFeatureLevel(ctx context.Context, req *metalogv1.GetFeatureLevelRequest) (*metalogv1.GetFeatureLevelResponse, error) {
	return read(req.GetOptions(), nil, func(o metadata.ReadOption) (metadata.Read[uint32], error) {
		return n.store.FeatureLevel(ctx, o)
	}, func(r metadata.Read[uint32]) *metalogv1.GetFeatureLevelResponse {
		return &metalogv1.GetFeatureLevelResponse{Level: r.Value, Revision: r.Revision, Stale: r.Stale}
	})
}

func (n *nouns) SetFeatureLevel(ctx context.Context, req *metalogv1.SetFeatureLevelRequest) (*metalogv1.SetFeatureLevelResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.SetFeatureLevel(ctx, convert.FeatureLevelSpec(req), o)
	}, func(w metadata.Written) *metalogv1.SetFeatureLevelResponse {
		return &metalogv1.SetFeatureLevelResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) ResetClock(ctx context.Context, req *metalogv1.ResetClockRequest) (*metalogv1.ResetClockResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.ResetClock(ctx, convert.ClockSpec(req), o)
	}, func(w metadata.Written) *metalogv1.ResetClockResponse {
		return &metalogv1.ResetClockResponse{Written: convert.WrittenProto(w)}
	})
}
