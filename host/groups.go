package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// PutGroup is metadata.GroupStore's.
func (n nouns) PutGroup(ctx context.Context, spec metadata.GroupSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewPutGroup(spec), opts)
}

// DeleteGroup is metadata.GroupStore's.
func (n nouns) DeleteGroup(ctx context.Context, group string, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewDeleteGroup(group), opts)
}

// Group is metadata.GroupStore's.
func (n nouns) Group(ctx context.Context, group string, opts ...metadata.ReadOption) (metadata.Read[*metadata.Group], error) {
	return get(ctx, n, opts, func(s *metadata.State) (*metadata.Group, error) { return s.Group(group) })
}

// Groups is metadata.GroupStore's.
func (n nouns) Groups(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Group], error) {
	return get(ctx, n, opts, func(s *metadata.State) ([]*metadata.Group, error) { return s.Groups(), nil })
}
