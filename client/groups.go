package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// PutGroup is metadata.Store's.
func (c *Client) PutGroup(ctx context.Context, spec metadata.GroupSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.PutGroup, func(o metadata.WriteOptions) *metalogv1.PutGroupRequest {
		return convert.PutGroupRequest(spec, o)
	}, justWritten)
}

// DeleteGroup is metadata.Store's.
func (c *Client) DeleteGroup(ctx context.Context, group string, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.DeleteGroup, func(o metadata.WriteOptions) *metalogv1.DeleteGroupRequest {
		return convert.DeleteGroupRequest(group, o)
	}, justWritten)
}

// Group is metadata.Store's.
func (c *Client) Group(ctx context.Context, group string, opts ...metadata.ReadOption) (metadata.Read[*metadata.Group], error) {
	req := &metalogv1.GetGroupRequest{Group: group, Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetGroup, req, func(p *metalogv1.GetGroupResponse) (*metadata.Group, error) {
		return convert.Group(p.GetGroup())
	})
}

// Groups is metadata.Store's; see the package comment for long lists.
func (c *Client) Groups(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Group], error) {
	return list(ctx, c, c.metadata.ListGroups, func(token string) *metalogv1.ListGroupsRequest {
		return &metalogv1.ListGroupsRequest{PageSize: pageSize, PageToken: token, Options: readOptions(opts)}
	}, func(p *metalogv1.ListGroupsResponse) ([]*metadata.Group, error) { return convert.Groups(p.GetGroups()) })
}
