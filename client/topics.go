package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// CreateTopic is metadata.Store's.
func (c *Client) CreateTopic(ctx context.Context, spec metadata.TopicSpec, opts ...metadata.WriteOption) (metadata.CreatedTopic, error) {
	return write(ctx, c, opts, c.metadata.CreateTopic, func(o metadata.WriteOptions) *metalogv1.CreateTopicRequest {
		return convert.CreateTopicRequest(spec, o)
	}, convert.CreatedTopic)
}

// DeleteTopic is metadata.Store's.
func (c *Client) DeleteTopic(ctx context.Context, ref metadata.TopicRef, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.DeleteTopic, func(o metadata.WriteOptions) *metalogv1.DeleteTopicRequest {
		return convert.DeleteTopicRequest(ref, o)
	}, justWritten)
}

// Topic is metadata.Store's.
func (c *Client) Topic(ctx context.Context, name string, opts ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
	return c.topic(ctx, &metalogv1.GetTopicRequest{Name: name, Options: readOptions(opts)})
}

// TopicByID is metadata.Store's.
func (c *Client) TopicByID(ctx context.Context, id metadata.TopicID, opts ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
	return c.topic(ctx, &metalogv1.GetTopicRequest{Id: id.String(), Options: readOptions(opts)})
}

func (c *Client) topic(ctx context.Context, req *metalogv1.GetTopicRequest) (metadata.Read[*metadata.Topic], error) {
	return read(ctx, c, c.metadata.GetTopic, req, func(p *metalogv1.GetTopicResponse) (*metadata.Topic, error) {
		return convert.Topic(p.GetTopic())
	})
}

// Topics is metadata.Store's; see the package comment for long lists.
func (c *Client) Topics(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Topic], error) {
	return list(ctx, c, c.metadata.ListTopics, func(token string) *metalogv1.ListTopicsRequest {
		return &metalogv1.ListTopicsRequest{PageSize: pageSize, PageToken: token, Options: readOptions(opts)}
	}, func(p *metalogv1.ListTopicsResponse) ([]*metadata.Topic, error) { return convert.Topics(p.GetTopics()) })
}
