package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) AlterConfigs(ctx context.Context, req *metalogv1.AlterConfigsRequest) (*metalogv1.AlterConfigsResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.AlterConfigs(ctx, convert.ConfigSpec(req), o)
	}, func(w metadata.Written) *metalogv1.AlterConfigsResponse {
		return &metalogv1.AlterConfigsResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) GetConfigs(ctx context.Context, req *metalogv1.GetConfigsRequest) (*metalogv1.GetConfigsResponse, error) {
	return read(req.GetOptions(), nil, func(o metadata.ReadOption) (metadata.Read[metadata.Configs], error) {
		return n.store.Configs(ctx, convert.Resource(req.GetResource()), o)
	}, func(r metadata.Read[metadata.Configs]) *metalogv1.GetConfigsResponse {
		return &metalogv1.GetConfigsResponse{Configs: convert.ConfigsProto(r.Value), Revision: r.Revision, Stale: r.Stale}
	})
}
