package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// PutSegments is metadata.SegmentStore's.
func (n nouns) PutSegments(ctx context.Context, spec metadata.SegmentsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return n.items(ctx, metadata.NewPutSegments(spec), opts)
}

// DeleteSegments is metadata.SegmentStore's.
func (n nouns) DeleteSegments(ctx context.Context, keys metadata.SegmentKeys, opts ...metadata.WriteOption) (metadata.DeletedSegments, error) {
	res, w, err := n.result(ctx, metadata.NewDeleteSegments(keys), opts)
	return metadata.DeletedSegments{Written: w, Absent: res.Response.Absent}, err
}

// Segment is metadata.SegmentStore's.
func (n nouns) Segment(ctx context.Context, key metadata.SegmentKey, opts ...metadata.ReadOption) (metadata.Read[*metadata.Segment], error) {
	return get(ctx, n, opts, func(s *metadata.State) (*metadata.Segment, error) { return s.Segment(key) })
}

// Segments is metadata.SegmentStore's.
func (n nouns) Segments(ctx context.Context, query metadata.SegmentsQuery, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Segment], error) {
	return get(ctx, n, opts, func(s *metadata.State) ([]*metadata.Segment, error) { return s.Segments(query) })
}

// SegmentPaths is metadata.SegmentStore's.
func (n nouns) SegmentPaths(ctx context.Context, query metadata.SegmentsQuery, opts ...metadata.ReadOption) (metadata.Read[[]string], error) {
	return get(ctx, n, opts, func(s *metadata.State) ([]string, error) { return s.SegmentPaths(query) })
}
