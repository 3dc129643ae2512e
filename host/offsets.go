package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// CommitOffsets is metadata.OffsetStore's.
func (n nouns) CommitOffsets(ctx context.Context, spec metadata.OffsetsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return n.items(ctx, metadata.NewCommitOffsets(spec), opts)
}

// DeleteOffsets is metadata.OffsetStore's.
func (n nouns) DeleteOffsets(ctx context.Context, ref metadata.OffsetsRef, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return n.items(ctx, metadata.NewDeleteOffsets(ref), opts)
}

// FetchOffsets is metadata.OffsetStore's.
func (n nouns) FetchOffsets(ctx context.Context, query metadata.OffsetsQuery, opts ...metadata.ReadOption) (metadata.Read[[]metadata.FetchedOffset], error) {
	return get(ctx, n, opts, func(s *metadata.State) ([]metadata.FetchedOffset, error) { return s.FetchOffsets(query), nil })
}

// items does a write whose items are taken or refused one by one.
func (n nouns) items(ctx context.Context, ev *eventpb.Event, opts []metadata.WriteOption) (metadata.CommittedItems, error) {
	res, w, err := n.result(ctx, ev, opts)
	return metadata.CommittedItems{Written: w, Failed: res.Response.Failed}, err
}
