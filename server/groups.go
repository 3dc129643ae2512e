package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) PutGroup(ctx context.Context, req *metalogv1.PutGroupRequest) (*metalogv1.PutGroupResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.PutGroup(ctx, convert.GroupSpec(req), o)
	}, func(w metadata.Written) *metalogv1.PutGroupResponse {
		return &metalogv1.PutGroupResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) DeleteGroup(ctx context.Context, req *metalogv1.DeleteGroupRequest) (*metalogv1.DeleteGroupResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.DeleteGroup(ctx, req.GetGroup(), o)
	}, func(w metadata.Written) *metalogv1.DeleteGroupResponse {
		return &metalogv1.DeleteGroupResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) GetGroup(ctx context.Context, req *metalogv1.GetGroupRequest) (*metalogv1.GetGroupResponse, error) {
	return read(req.GetOptions(), nil, func(o metadata.ReadOption) (metadata.Read[*metadata.Group], error) {
		return n.store.Group(ctx, req.GetGroup(), o)
	}, func(r metadata.Read[*metadata.Group]) *metalogv1.GetGroupResponse {
		return &metalogv1.GetGroupResponse{Group: convert.GroupProto(r.Value), Revision: r.Revision, Stale: r.Stale}
	})
}

func (n *nouns) ListGroups(ctx context.Context, req *metalogv1.ListGroupsRequest) (*metalogv1.ListGroupsResponse, error) {
	cut := named("groups", func(g *metadata.Group) string { return g.ID }, convert.GroupProto)
	bad := cut.open(req)
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[[]*metadata.Group], error) {
		return n.store.Groups(ctx, o, cut.notBefore())
	}, func(r metadata.Read[[]*metadata.Group]) *metalogv1.ListGroupsResponse {
		rows, next := cut.page(r)
		return &metalogv1.ListGroupsResponse{Groups: rows, NextPageToken: next, Revision: r.Revision, Stale: r.Stale}
	})
}
