package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// Batch is metadata.Store's.
func (c *Client) Batch(ctx context.Context, spec metadata.BatchSpec, opts ...metadata.WriteOption) (metadata.BatchResult, error) {
	none := metadata.BatchResult{FailedOperation: -1}
	if _, err := convert.BatchRequest(spec, metadata.WriteOptions{}); err != nil {
		return none, err
	}
	answer, err := write(ctx, c, opts, c.metadata.Batch, func(o metadata.WriteOptions) *metalogv1.BatchRequest {
		req, _ := convert.BatchRequest(spec, o) // it was possible a moment ago
		return req
	}, convert.BatchResult)
	if err != nil {
		return none, err
	}
	return answer.Result()
}

// Outcome is metadata.Store's.
func (c *Client) Outcome(ctx context.Context, id metadata.RequestID, firstRevision uint64, opts ...metadata.ReadOption) (metadata.Read[metadata.Outcome], error) {
	req := &metalogv1.GetOutcomeRequest{RequestId: id.String(), FirstRevision: firstRevision, Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetOutcome, req, convert.Outcome)
}

// Settle is metadata.Store's.
func (c *Client) Settle(ctx context.Context, spec metadata.SettleSpec, opts ...metadata.WriteOption) (metadata.Settled, error) {
	return write(ctx, c, opts, c.metadata.Settle, func(o metadata.WriteOptions) *metalogv1.SettleRequest {
		return convert.SettleRequest(spec, o)
	}, convert.Settled)
}
