package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// CommitOffsets is metadata.Store's.
func (c *Client) CommitOffsets(ctx context.Context, spec metadata.OffsetsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return write(ctx, c, opts, c.metadata.CommitOffsets, func(o metadata.WriteOptions) *metalogv1.CommitOffsetsRequest {
		return convert.CommitOffsetsRequest(spec, o)
	}, items)
}

// items reads the answer to a write of items.
func items[P interface {
	written
	GetFailed() []*metalogv1.ItemError
}](p P) (metadata.CommittedItems, error) {
	return convert.CommittedItems(p)
}

// DeleteOffsets is metadata.Store's.
func (c *Client) DeleteOffsets(ctx context.Context, ref metadata.OffsetsRef, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return write(ctx, c, opts, c.metadata.DeleteOffsets, func(o metadata.WriteOptions) *metalogv1.DeleteOffsetsRequest {
		return convert.DeleteOffsetsRequest(ref, o)
	}, items)
}

// FetchOffsets is metadata.Store's; see the package comment for long lists.
func (c *Client) FetchOffsets(ctx context.Context, query metadata.OffsetsQuery, opts ...metadata.ReadOption) (metadata.Read[[]metadata.FetchedOffset], error) {
	return list(ctx, c, c.metadata.FetchOffsets, func(token string) *metalogv1.FetchOffsetsRequest {
		req := convert.FetchOffsetsRequest(query)
		req.PageSize, req.PageToken, req.Options = pageSize, token, readOptions(opts)
		return req
	}, func(p *metalogv1.FetchOffsetsResponse) ([]metadata.FetchedOffset, error) {
		return convert.FetchedOffsets(p.GetOffsets())
	})
}
