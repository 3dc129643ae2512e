package client

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// AllocateProducerIDs is metadata.Store's.
func (c *Client) AllocateProducerIDs(ctx context.Context, spec metadata.ProducerIDsSpec, opts ...metadata.WriteOption) (metadata.ProducerIDs, error) {
	return write(ctx, c, opts, c.metadata.AllocateProducerIDs, func(o metadata.WriteOptions) *metalogv1.AllocateProducerIDsRequest {
		return convert.AllocateProducerIDsRequest(spec, o)
	}, convert.ProducerIDs)
}

// InitProducer is metadata.Store's.
func (c *Client) InitProducer(ctx context.Context, spec metadata.InitProducerSpec, opts ...metadata.WriteOption) (metadata.InitializedProducer, error) {
	answer, err := write(ctx, c, opts, c.metadata.InitProducer, func(o metadata.WriteOptions) *metalogv1.InitProducerRequest {
		return convert.InitProducerRequest(spec, o)
	}, convert.InitializedProducer)
	if err != nil {
		return answer.Value, err
	}
	return answer.Result()
}

// AddTransactionPartitions is metadata.Store's.
func (c *Client) AddTransactionPartitions(ctx context.Context, spec metadata.TransactionPartitionsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return write(ctx, c, opts, c.metadata.AddTransactionPartitions, func(o metadata.WriteOptions) *metalogv1.AddTransactionPartitionsRequest {
		return convert.AddTransactionPartitionsRequest(spec, o)
	}, items)
}

// AddTransactionOffsets is metadata.Store's.
func (c *Client) AddTransactionOffsets(ctx context.Context, spec metadata.TransactionGroupSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.AddTransactionOffsets, func(o metadata.WriteOptions) *metalogv1.AddTransactionOffsetsRequest {
		return convert.AddTransactionOffsetsRequest(spec, o)
	}, justWritten)
}

// CommitTransactionOffsets is metadata.Store's.
func (c *Client) CommitTransactionOffsets(ctx context.Context, spec metadata.TransactionOffsetsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return write(ctx, c, opts, c.metadata.CommitTransactionOffsets, func(o metadata.WriteOptions) *metalogv1.CommitTransactionOffsetsRequest {
		return convert.CommitTransactionOffsetsRequest(spec, o)
	}, items)
}

// PrepareTransaction is metadata.Store's.
func (c *Client) PrepareTransaction(ctx context.Context, spec metadata.PrepareSpec, opts ...metadata.WriteOption) (metadata.PreparedTransaction, error) {
	return write(ctx, c, opts, c.metadata.PrepareTransaction, func(o metadata.WriteOptions) *metalogv1.PrepareTransactionRequest {
		return convert.PrepareTransactionRequest(spec, o)
	}, convert.PreparedTransaction)
}

// CompleteTransaction is metadata.Store's.
func (c *Client) CompleteTransaction(ctx context.Context, ref metadata.ProducerRef, opts ...metadata.WriteOption) (metadata.Written, error) {
	return write(ctx, c, opts, c.metadata.CompleteTransaction, func(o metadata.WriteOptions) *metalogv1.CompleteTransactionRequest {
		return convert.CompleteTransactionRequest(ref, o)
	}, justWritten)
}

// Transaction is metadata.Store's.
func (c *Client) Transaction(ctx context.Context, transactionalID string, opts ...metadata.ReadOption) (metadata.Read[*metadata.Transaction], error) {
	req := &metalogv1.GetTransactionRequest{TransactionalId: transactionalID, Options: readOptions(opts)}
	return read(ctx, c, c.metadata.GetTransaction, req, func(p *metalogv1.GetTransactionResponse) (*metadata.Transaction, error) {
		return convert.Transaction(p.GetTransaction())
	})
}

// Transactions is metadata.Store's; see the package comment for long lists.
func (c *Client) Transactions(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Transaction], error) {
	return list(ctx, c, c.metadata.ListTransactions, func(token string) *metalogv1.ListTransactionsRequest {
		return &metalogv1.ListTransactionsRequest{PageSize: pageSize, PageToken: token, Options: readOptions(opts)}
	}, func(p *metalogv1.ListTransactionsResponse) ([]*metadata.Transaction, error) {
		return convert.Transactions(p.GetTransactions())
	})
}
