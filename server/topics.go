package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) CreateTopic(ctx context.Context, req *metalogv1.CreateTopicRequest) (*metalogv1.CreateTopicResponse, error) {
	spec, bad := convert.TopicSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.CreatedTopic, error) {
		return n.store.CreateTopic(ctx, spec, o)
	}, convert.CreateTopicResponse)
}

func (n *nouns) DeleteTopic(ctx context.Context, req *metalogv1.DeleteTopicRequest) (*metalogv1.DeleteTopicResponse, error) {
	ref, bad := convert.TopicRef(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.DeleteTopic(ctx, ref, o)
	}, func(w metadata.Written) *metalogv1.DeleteTopicResponse {
		return &metalogv1.DeleteTopicResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) GetTopic(ctx context.Context, req *metalogv1.GetTopicRequest) (*metalogv1.GetTopicResponse, error) {
	ref, bad := convert.TopicRef(req)
	byID := req.GetId() != ""
	if bad == nil && byID && ref.Name != "" {
		bad = convert.Invalid("a topic is named by name or by id, not both")
	}
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
		if byID {
			return n.store.TopicByID(ctx, ref.ID, o)
		}
		return n.store.Topic(ctx, ref.Name, o)
	}, func(r metadata.Read[*metadata.Topic]) *metalogv1.GetTopicResponse {
		return &metalogv1.GetTopicResponse{Topic: convert.TopicProto(r.Value), Revision: r.Revision, Stale: r.Stale}
	})
}

func (n *nouns) ListTopics(ctx context.Context, req *metalogv1.ListTopicsRequest) (*metalogv1.ListTopicsResponse, error) {
	cut := named("topics", func(t *metadata.Topic) string { return t.Name }, convert.TopicProto)
	bad := cut.open(req)
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[[]*metadata.Topic], error) {
		return n.store.Topics(ctx, o, cut.notBefore())
	}, func(r metadata.Read[[]*metadata.Topic]) *metalogv1.ListTopicsResponse {
		rows, next := cut.page(r)
		return &metalogv1.ListTopicsResponse{Topics: rows, NextPageToken: next, Revision: r.Revision, Stale: r.Stale}
	})
}
