package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// AllocateProducerIDs is metadata.TransactionStore's.
func (n nouns) AllocateProducerIDs(ctx context.Context, spec metadata.ProducerIDsSpec, opts ...metadata.WriteOption) (metadata.ProducerIDs, error) {
	res, w, err := n.result(ctx, metadata.NewAllocateProducerIDs(spec), opts)
	if err != nil {
		return metadata.ProducerIDs{Written: w}, err
	}
	return metadata.ProducerIDs{Written: w, First: res.Response.ProducerID, Count: metadata.ProducerIDBlock}, nil
}

// InitProducer is metadata.TransactionStore's.
func (n nouns) InitProducer(ctx context.Context, spec metadata.InitProducerSpec, opts ...metadata.WriteOption) (metadata.InitializedProducer, error) {
	res, w, err := n.result(ctx, metadata.NewInitProducer(spec), opts)
	return metadata.InitializedProducer{
		Written: w, ProducerID: res.Response.ProducerID, Epoch: res.Response.ProducerEpoch, Marks: marksOf(res),
	}, err
}

// AddTransactionPartitions is metadata.TransactionStore's.
func (n nouns) AddTransactionPartitions(ctx context.Context, spec metadata.TransactionPartitionsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return n.items(ctx, metadata.NewAddTransactionPartitions(spec), opts)
}

// AddTransactionOffsets is metadata.TransactionStore's.
func (n nouns) AddTransactionOffsets(ctx context.Context, spec metadata.TransactionGroupSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewAddTransactionOffsets(spec), opts)
}

// CommitTransactionOffsets is metadata.TransactionStore's.
func (n nouns) CommitTransactionOffsets(ctx context.Context, spec metadata.TransactionOffsetsSpec, opts ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return n.items(ctx, metadata.NewCommitTransactionOffsets(spec), opts)
}

// PrepareTransaction is metadata.TransactionStore's.
func (n nouns) PrepareTransaction(ctx context.Context, spec metadata.PrepareSpec, opts ...metadata.WriteOption) (metadata.PreparedTransaction, error) {
	res, w, err := n.result(ctx, metadata.NewPrepareTransaction(spec), opts)
	return metadata.PreparedTransaction{Written: w, Marks: marksOf(res)}, err
}

// CompleteTransaction is metadata.TransactionStore's.
func (n nouns) CompleteTransaction(ctx context.Context, ref metadata.ProducerRef, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewCompleteTransaction(ref), opts)
}

// Transaction is metadata.TransactionStore's.
func (n nouns) Transaction(ctx context.Context, transactionalID string, opts ...metadata.ReadOption) (metadata.Read[*metadata.Transaction], error) {
	return get(ctx, n, opts, func(s *metadata.State) (*metadata.Transaction, error) { return s.Transaction(transactionalID) })
}

// Transactions is metadata.TransactionStore's.
func (n nouns) Transactions(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Transaction], error) {
	return get(ctx, n, opts, func(s *metadata.State) ([]*metadata.Transaction, error) { return s.Transactions(), nil })
}

func marksOf(res metadata.Result) metadata.Marks {
	if res.Response.Marks == nil {
		return metadata.Marks{}
	}
	return *res.Response.Marks
}
