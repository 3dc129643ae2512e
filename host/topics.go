package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// CreateTopic is metadata.TopicStore's. It chooses an id if spec has none.
func (n nouns) CreateTopic(ctx context.Context, spec metadata.TopicSpec, opts ...metadata.WriteOption) (metadata.CreatedTopic, error) {
	if spec.ID.IsZero() {
		spec.ID = n.seam.id()
	}
	res, w, err := n.result(ctx, metadata.NewCreateTopic(spec), opts)
	return metadata.CreatedTopic{Written: w, ID: res.Response.TopicID, Partitions: res.Response.Partitions}, err
}

// DeleteTopic is metadata.TopicStore's.
func (n nouns) DeleteTopic(ctx context.Context, ref metadata.TopicRef, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewDeleteTopic(ref), opts)
}

// Topic is metadata.TopicStore's.
func (n nouns) Topic(ctx context.Context, name string, opts ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[*metadata.Topic]{}, err
	}
	t, err := s.Topic(name)
	return value(s, stale, t, err)
}

// TopicByID is metadata.TopicStore's.
func (n nouns) TopicByID(ctx context.Context, id metadata.TopicID, opts ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[*metadata.Topic]{}, err
	}
	t, err := s.TopicByID(id)
	return value(s, stale, t, err)
}

// Topics is metadata.TopicStore's.
func (n nouns) Topics(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Topic], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[[]*metadata.Topic]{}, err
	}
	return value(s, stale, s.Topics(), nil)
}
