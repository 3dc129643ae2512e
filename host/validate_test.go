package host_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// To validate is to be told what would be, items and all, and to change nothing,
// whatever else goes on.
func TestValidatingChangesNothing(t *testing.T) {
	_, s, id := marked(t, host.WithCheckpoints(0))
	ctx := t.Context()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 200 {
			_, _ = s.CreateTopic(ctx, topic("load-"+strconv.Itoa(i)))
		}
	}()
	for range 50 {
		batch, err := s.Batch(ctx, metadata.BatchSpec{Operations: []metadata.BatchOperation{
			{CreateTopic: &metadata.TopicSpec{Name: "would-be", Partitions: 3, ReplicationFactor: 1}},
			{DeleteTopic: &metadata.TopicRef{Name: "would-be"}},
		}}, metadata.ValidateOnly())
		require.NoError(t, err)
		require.Len(t, batch.Answers, 2)
		require.EqualValues(t, 3, batch.Answers[0].Partitions)

		batch, err = s.Batch(ctx, metadata.BatchSpec{Operations: []metadata.BatchOperation{
			{DeleteTopic: &metadata.TopicRef{ID: id}}, {DeleteTopic: &metadata.TopicRef{ID: id}},
		}}, metadata.ValidateOnly())
		requireCode(t, metadata.CodeUnknownTopicID, err)
		require.EqualValues(t, 1, batch.FailedOperation)

		items, err := s.CommitOffsets(ctx, metadata.OffsetsSpec{Group: "g", Generation: -1, Offsets: []metadata.OffsetCommit{
			{Topic: "orders"}, {Topic: "nowhere"},
		}}, metadata.ValidateOnly())
		require.NoError(t, err)
		require.Equal(t, []metadata.ItemError{{Index: 1, Code: metadata.CodeUnknownTopicOrPartition}}, items.Failed)
	}
	<-done
	require.Equal(t, uint64(201), s.View().Revision())
	require.Zero(t, s.View().Counts().Groups)
	_, err := s.Topic(ctx, "orders")
	require.NoError(t, err)
}

// What validating says is what happens then, be it the one refusal that changes
// something (X1); until then nothing has, down to the digest.
func TestWhatWasValidatedHappens(t *testing.T) {
	_, s, id := marked(t, host.WithCheckpoints(0))
	ctx := t.Context()
	ref := openTransaction(t, s)
	before := s.View()

	init := metadata.InitProducerSpec{
		TransactionalID: ref.TransactionalID, TimeoutMS: 1000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	}
	would, err := s.InitProducer(ctx, init, metadata.ValidateOnly())
	requireCode(t, metadata.CodeConcurrentTransactions, err)
	require.Equal(t, []metadata.PartitionKey{{Topic: id}}, would.Partitions)
	require.Equal(t, []string{"g"}, would.Groups)
	require.Equal(t, before.Revision(), would.Revision)

	fresh := init
	fresh.TransactionalID = "another"
	wouldFresh, err := s.InitProducer(ctx, fresh, metadata.ValidateOnly())
	require.NoError(t, err)

	offsets := metadata.OffsetsSpec{Group: "g", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{
		{Topic: "orders", Offset: -2}, {Topic: "orders"}, {Topic: "nowhere"},
	}}
	wouldCommit, err := s.CommitOffsets(ctx, offsets, metadata.ValidateOnly())
	require.NoError(t, err)

	batch := metadata.BatchSpec{Operations: []metadata.BatchOperation{
		{InitProducer: &fresh}, {DeleteTopic: &metadata.TopicRef{Name: "orders"}}, {CommitOffsets: &offsets},
	}}
	wouldBatch, err := s.Batch(ctx, batch, metadata.ValidateOnly())
	requireCode(t, metadata.CodeUnknownTopicOrPartition, err)

	require.Same(t, before, s.View(), "not even the state is another")
	require.Equal(t, before.Digest(), s.View().Digest())

	didBatch, err := s.Batch(ctx, batch)
	requireCode(t, metadata.CodeUnknownTopicOrPartition, err)
	require.Equal(t, wouldBatch.FailedOperation, didBatch.FailedOperation)
	didCommit, err := s.CommitOffsets(ctx, offsets)
	require.NoError(t, err)
	require.Equal(t, wouldCommit.Failed, didCommit.Failed)
	didFresh, err := s.InitProducer(ctx, fresh)
	require.NoError(t, err)
	require.Equal(t, wouldFresh.ProducerID, didFresh.ProducerID)
	did, err := s.InitProducer(ctx, init)
	requireCode(t, metadata.CodeConcurrentTransactions, err)
	require.Equal(t, would.ProducerID, did.ProducerID)
	require.Equal(t, would.Epoch, did.Epoch)
	require.Equal(t, would.Marks, did.Marks)
}

// openTransaction begins one with a partition of "orders" and an offset of "g".
func openTransaction(t *testing.T, s metadata.Store) metadata.ProducerRef {
	t.Helper()
	ctx := t.Context()
	p, err := s.InitProducer(ctx, metadata.InitProducerSpec{
		TransactionalID: "tx", TimeoutMS: 1000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	})
	require.NoError(t, err)
	ref := metadata.ProducerRef{TransactionalID: "tx", ProducerID: p.ProducerID, Epoch: p.Epoch}
	_, err = s.AddTransactionPartitions(ctx, metadata.TransactionPartitionsSpec{ProducerRef: ref, Partitions: []metadata.TopicPartition{{Topic: "orders"}}})
	require.NoError(t, err)
	_, err = s.AddTransactionOffsets(ctx, metadata.TransactionGroupSpec{ProducerRef: ref, Group: "g"})
	require.NoError(t, err)
	items, err := s.CommitTransactionOffsets(ctx, metadata.TransactionOffsetsSpec{ProducerRef: ref, OffsetsSpec: metadata.OffsetsSpec{
		Group: "g", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{{Topic: "orders", Offset: 41}},
	}})
	require.NoError(t, err)
	require.Empty(t, items.Failed)
	return ref
}
