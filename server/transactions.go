package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) AllocateProducerIDs(ctx context.Context, req *metalogv1.AllocateProducerIDsRequest) (*metalogv1.AllocateProducerIDsResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.ProducerIDs, error) {
		return n.store.AllocateProducerIDs(ctx, convert.ProducerIDsSpec(req), o)
	}, convert.AllocateProducerIDsResponse)
}

func (n *nouns) InitProducer(ctx context.Context, req *metalogv1.InitProducerRequest) (*metalogv1.InitProducerResponse, error) {
	spec, bad := convert.InitProducerSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (convert.Answered[metadata.InitializedProducer], error) {
		p, err := n.store.InitProducer(ctx, spec, o)
		return convert.Answer(p, err, p.Epoch > 0)
	}, convert.InitProducerResponse)
}

func (n *nouns) AddTransactionPartitions(ctx context.Context, req *metalogv1.AddTransactionPartitionsRequest) (*metalogv1.AddTransactionPartitionsResponse, error) {
	spec, bad := convert.TransactionPartitionsSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.CommittedItems, error) {
		return n.store.AddTransactionPartitions(ctx, spec, o)
	}, func(c metadata.CommittedItems) *metalogv1.AddTransactionPartitionsResponse {
		return &metalogv1.AddTransactionPartitionsResponse{Written: convert.WrittenProto(c.Written), Failed: convert.ItemErrorsProto(c.Failed)}
	})
}

func (n *nouns) AddTransactionOffsets(ctx context.Context, req *metalogv1.AddTransactionOffsetsRequest) (*metalogv1.AddTransactionOffsetsResponse, error) {
	spec, bad := convert.TransactionGroupSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.AddTransactionOffsets(ctx, spec, o)
	}, func(w metadata.Written) *metalogv1.AddTransactionOffsetsResponse {
		return &metalogv1.AddTransactionOffsetsResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) CommitTransactionOffsets(ctx context.Context, req *metalogv1.CommitTransactionOffsetsRequest) (*metalogv1.CommitTransactionOffsetsResponse, error) {
	spec, bad := convert.TransactionOffsetsSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.CommittedItems, error) {
		return n.store.CommitTransactionOffsets(ctx, spec, o)
	}, func(c metadata.CommittedItems) *metalogv1.CommitTransactionOffsetsResponse {
		return &metalogv1.CommitTransactionOffsetsResponse{Written: convert.WrittenProto(c.Written), Failed: convert.ItemErrorsProto(c.Failed)}
	})
}

func (n *nouns) PrepareTransaction(ctx context.Context, req *metalogv1.PrepareTransactionRequest) (*metalogv1.PrepareTransactionResponse, error) {
	spec, bad := convert.PrepareSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.PreparedTransaction, error) {
		return n.store.PrepareTransaction(ctx, spec, o)
	}, convert.PrepareTransactionResponse)
}

func (n *nouns) CompleteTransaction(ctx context.Context, req *metalogv1.CompleteTransactionRequest) (*metalogv1.CompleteTransactionResponse, error) {
	ref, bad := convert.ProducerRef(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.Written, error) {
		return n.store.CompleteTransaction(ctx, ref, o)
	}, func(w metadata.Written) *metalogv1.CompleteTransactionResponse {
		return &metalogv1.CompleteTransactionResponse{Written: convert.WrittenProto(w)}
	})
}

func (n *nouns) GetTransaction(ctx context.Context, req *metalogv1.GetTransactionRequest) (*metalogv1.GetTransactionResponse, error) {
	return read(req.GetOptions(), nil, func(o metadata.ReadOption) (metadata.Read[*metadata.Transaction], error) {
		return n.store.Transaction(ctx, req.GetTransactionalId(), o)
	}, func(r metadata.Read[*metadata.Transaction]) *metalogv1.GetTransactionResponse {
		return &metalogv1.GetTransactionResponse{Transaction: convert.TransactionProto(r.Value), Revision: r.Revision, Stale: r.Stale}
	})
}

func (n *nouns) ListTransactions(ctx context.Context, req *metalogv1.ListTransactionsRequest) (*metalogv1.ListTransactionsResponse, error) {
	cut := named("transactions", func(t *metadata.Transaction) string { return t.ID }, convert.TransactionProto)
	bad := cut.open(req)
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[[]*metadata.Transaction], error) {
		return n.store.Transactions(ctx, o, cut.notBefore())
	}, func(r metadata.Read[[]*metadata.Transaction]) *metalogv1.ListTransactionsResponse {
		rows, next := cut.page(r)
		return &metalogv1.ListTransactionsResponse{Transactions: rows, NextPageToken: next, Revision: r.Revision, Stale: r.Stale}
	})
}
