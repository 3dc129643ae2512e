package client_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// both is a node and a client of it, with a topic.
func both(t *testing.T) (*host.Store, *client.Client) {
	t.Helper()
	store := hosttest.Cluster(t, 1).Store(0)
	create(t, store, "orders")
	return store, dial(t, serve(t, store).address)
}

// producer begins a transaction, for another to be put in its way.
func producer(t *testing.T, s metadata.Store) metadata.InitProducerSpec {
	t.Helper()
	spec := metadata.InitProducerSpec{
		TransactionalID: "tx", TimeoutMS: 1000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	}
	p, err := s.InitProducer(t.Context(), spec)
	require.NoError(t, err)
	_, err = s.AddTransactionPartitions(t.Context(), metadata.TransactionPartitionsSpec{
		ProducerRef: metadata.ProducerRef{TransactionalID: "tx", ProducerID: p.ProducerID, Epoch: p.Epoch},
		Partitions:  []metadata.TopicPartition{{Topic: "orders", Partition: 1}},
	})
	require.NoError(t, err)
	return spec
}

// requireAlike makes the same request on both, with and without effect, and
// says that each is told the same.
func requireAlike[T any](t *testing.T, store, remote metadata.Store, id metadata.RequestID, do func(metadata.Store, ...metadata.WriteOption) (T, error)) (T, error) {
	t.Helper()
	again := metadata.WithRequestID(id, 1)
	local, errLocal := do(store, again, metadata.ValidateOnly())
	far, errFar := do(remote, again, metadata.ValidateOnly())
	require.Equal(t, errLocal, errFar)
	require.Equal(t, local, far)

	_, first := do(remote, again)
	local, errLocal = do(store, again)
	far, errFar = do(remote, again)
	require.Equal(t, errLocal, errFar)
	require.Equal(t, local, far)
	require.Equal(t, errLocal == nil, first == nil)
	return far, errFar
}

// The one refusal of InitProducer that changes something comes with what it
// changed.
func TestProducerInTheWay(t *testing.T) {
	store, remote := both(t)
	spec := producer(t, store)
	init := func(s metadata.Store, opts ...metadata.WriteOption) (metadata.InitializedProducer, error) {
		return s.InitProducer(t.Context(), spec, opts...)
	}
	p, err := requireAlike(t, store, remote, metadata.RequestID{1}, init)
	refusal, ok := err.(*metadata.Error) //nolint:errorlint // the very one, not one within another
	require.True(t, ok, "%v", err)
	require.Equal(t, metadata.CodeConcurrentTransactions, refusal.Code)
	require.True(t, refusal.Deduplicated)
	require.EqualValues(t, 1, p.Epoch)
	require.Len(t, p.Partitions, 1)
	require.Equal(t, metadata.RequestID{1}, p.RequestID)

	_, err = remote.InitProducer(t.Context(), spec)
	require.ErrorIs(t, err, metadata.ErrConflict, "it is to be marked and completed first")
	_, err = remote.CompleteTransaction(t.Context(), metadata.ProducerRef{TransactionalID: "tx", ProducerID: p.ProducerID, Epoch: p.Epoch})
	require.NoError(t, err)
	p, err = requireAlike(t, store, remote, metadata.RequestID{2}, init)
	require.NoError(t, err)
	require.EqualValues(t, 2, p.Epoch)
}

func TestBatches(t *testing.T) {
	good := metadata.BatchOperation{CreateTopic: &metadata.TopicSpec{Name: "new", ID: metadata.TopicID{7}, Partitions: 1, ReplicationFactor: 1}}
	taken := metadata.BatchOperation{CreateTopic: &metadata.TopicSpec{Name: "orders", ID: metadata.TopicID{8}, Partitions: 1, ReplicationFactor: 1}}
	for name, row := range map[string]struct {
		spec   metadata.BatchSpec
		code   metadata.Code
		failed int32
	}{
		"accepted":              {metadata.BatchSpec{Operations: []metadata.BatchOperation{good}}, metadata.CodeNone, -1},
		"the first is refused":  {metadata.BatchSpec{Operations: []metadata.BatchOperation{taken, good}}, metadata.CodeTopicAlreadyExists, 0},
		"the second is refused": {metadata.BatchSpec{Operations: []metadata.BatchOperation{good, taken}}, metadata.CodeTopicAlreadyExists, 1},
	} {
		t.Run(name, func(t *testing.T) {
			store, remote := both(t)
			b, err := requireAlike(t, store, remote, metadata.RequestID{1}, func(s metadata.Store, opts ...metadata.WriteOption) (metadata.BatchResult, error) {
				return s.Batch(t.Context(), row.spec, opts...)
			})
			require.Equal(t, row.failed, b.FailedOperation)
			if row.code == metadata.CodeNone {
				require.NoError(t, err)
				require.Len(t, b.Answers, len(row.spec.Operations))
				return
			}
			refusal, ok := err.(*metadata.Error) //nolint:errorlint // the very one, not one within another
			require.True(t, ok, "%v", err)
			require.Equal(t, row.code, refusal.Code)
			_, err = store.Topic(t.Context(), "new")
			require.ErrorIs(t, err, metadata.ErrNotFound)
		})
	}
}

// What is refused as a whole has no operation at fault.
func TestBatchesRefusedAsAWhole(t *testing.T) {
	store, remote := both(t)
	for name, spec := range map[string]metadata.BatchSpec{
		"a precondition": {
			Preconditions: []metadata.Precondition{{Record: metadata.Key{Noun: metadata.NounTopic, Name: "orders"}, Expected: metadata.ExpectAbsent}},
			Operations:    []metadata.BatchOperation{{DeleteTopic: &metadata.TopicRef{Name: "orders"}}},
		},
		"a forbidden one":     {Operations: []metadata.BatchOperation{{ResetClock: &metadata.ClockSpec{}}}},
		"no operation's kind": {Operations: []metadata.BatchOperation{{}}},
	} {
		t.Run(name, func(t *testing.T) {
			local, errLocal := store.Batch(t.Context(), spec)
			far, errFar := remote.Batch(t.Context(), spec)
			require.Error(t, errLocal)
			for _, kind := range []error{metadata.ErrConflict, metadata.ErrInvalid} {
				require.Equal(t, isKind(errLocal, kind), isKind(errFar, kind), "%v and %v", errLocal, errFar)
			}
			require.EqualValues(t, -1, local.FailedOperation)
			require.EqualValues(t, -1, far.FailedOperation)
		})
	}
}

func isKind(err, kind error) bool {
	refusal, ok := err.(*metadata.Error) //nolint:errorlint // the very one, not one within another
	return ok && refusal.Is(kind)
}

// A refusal that comes beside an answer is no news of an old revision.
func TestAnswerFromBeforeTakesNothingBack(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	create(t, store, "orders")
	n := &node{Store: store}
	remote := dial(t, serve(t, n).address)
	spec := producer(t, store)
	again := metadata.WithRequestID(metadata.RequestID{1}, 0)
	_, err := remote.InitProducer(t.Context(), spec, again)
	require.Error(t, err)
	for _, name := range []string{"a", "b"} {
		_, err := remote.CreateTopic(t.Context(), metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: 1})
		require.NoError(t, err)
	}
	before := store.Status().Revision
	_, err = remote.InitProducer(t.Context(), spec, again)
	require.Error(t, err)
	create(t, remote, "c")
	attempts := n.attempts()
	require.Equal(t, before, *attempts[len(attempts)-1].FirstRevision)
}

func TestFetchOffsetsOfNoneAndOfAll(t *testing.T) {
	store, remote := both(t)
	_, err := store.CommitOffsets(t.Context(), metadata.OffsetsSpec{
		Group: "g", Generation: metadata.NoGeneration,
		Offsets: []metadata.OffsetCommit{{Topic: "orders", Partition: 1, Offset: 5, LeaderEpoch: -1}},
	})
	require.NoError(t, err)
	for name, query := range map[string]metadata.OffsetsQuery{
		"all":               {Group: "g"},
		"none":              {Group: "g", Partitions: []metadata.TopicPartition{}},
		"some":              {Group: "g", Partitions: []metadata.TopicPartition{{Topic: "orders", Partition: 1}, {Topic: "orders"}, {Topic: "other"}}},
		"the same twice":    {Group: "g", Partitions: []metadata.TopicPartition{{Topic: "orders", Partition: 1}, {Topic: "orders", Partition: 1}}},
		"of an unknown":     {Group: "h", Partitions: []metadata.TopicPartition{{Topic: "orders", Partition: 1}}},
		"all of an unknown": {Group: "h"},
	} {
		t.Run(name, func(t *testing.T) {
			local, err := store.FetchOffsets(t.Context(), query)
			require.NoError(t, err)
			far, err := remote.FetchOffsets(t.Context(), query)
			require.NoError(t, err)
			require.ElementsMatch(t, local.Value, far.Value)
			require.Equal(t, local.Revision, far.Revision)
			if query.Partitions != nil {
				require.Len(t, far.Value, len(query.Partitions))
			}
		})
	}
}
