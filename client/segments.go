package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// PutSegments is metadata.Store's.
func (c *Client) PutSegments(ctx context.Context, spec metadata.SegmentsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return write(ctx, c, opts, c.metadata.PutSegments, func(o metadata.WriteOptions) *metalogv1.PutSegmentsRequest {
		return convert.PutSegmentsRequest(spec, o)
	}, items)
}

// DeleteSegments is metadata.Store's.
func (c *Client) DeleteSegments(ctx context.Context, keys metadata.SegmentKeys, opts ...metadata.WriteOption) (metadata.DeletedSegments, error) {
	return write(ctx, c, opts, c.metadata.DeleteSegments, func(o metadata.WriteOptions) *metalogv1.DeleteSegmentsRequest {
		return convert.DeleteSegmentsRequest(keys, o)
	}, convert.DeletedSegments)
}

// Segment is metadata.Store's.
func (c *Client) Segment(ctx context.Context, key metadata.SegmentKey, opts ...metadata.ReadOption) (metadata.Read[*metadata.Segment], error) {
	req := &metalogv1.GetSegmentRequest{Key: convert.SegmentKeyProto(key), Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetSegment, req, func(p *metalogv1.GetSegmentResponse) (*metadata.Segment, error) {
		return convert.Segment(p.GetSegment())
	})
}

// Segments is metadata.Store's; see the package comment for long lists.
func (c *Client) Segments(ctx context.Context, query metadata.SegmentsQuery, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Segment], error) {
	return list(ctx, c, c.metadata.ListSegments, func(token string) *metalogv1.ListSegmentsRequest {
		req := convert.ListSegmentsRequest(query)
		req.PageSize, req.PageToken, req.Options = pageSize, token, readOptions(opts)
		return req
	}, func(p *metalogv1.ListSegmentsResponse) ([]*metadata.Segment, error) {
		return convert.Segments(p.GetSegments())
	})
}

// SegmentPaths is metadata.Store's; see the package comment for long lists.
func (c *Client) SegmentPaths(ctx context.Context, query metadata.SegmentsQuery, opts ...metadata.ReadOption) (metadata.Read[[]string], error) {
	all, err := c.Segments(ctx, query, opts...)
	if err != nil {
		return metadata.Read[[]string]{}, err
	}
	paths := make([]string, 0, len(all.Value))
	for _, s := range all.Value {
		paths = append(paths, s.Path)
	}
	return metadata.Read[[]string]{Value: paths, Revision: all.Revision, Stale: all.Stale}, nil
}
