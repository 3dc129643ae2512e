package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

func writeOptions(id byte, validate bool) *metalogv1.WriteOptions {
	return &metalogv1.WriteOptions{RequestId: metadata.RequestID{id}.String(), FirstRevision: new(uint64), ValidateOnly: validate}
}

// TestInitProducerRefusedWithAnAnswer: aborting what was open is refused and
// answered at once, which a status couldn't carry.
func TestInitProducerRefusedWithAnAnswer(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	created, err := api.CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{Name: "orders"})
	require.NoError(t, err)
	init := func(o *metalogv1.WriteOptions) (*metalogv1.InitProducerResponse, error) {
		return api.InitProducer(t.Context(), &metalogv1.InitProducerRequest{TransactionalId: "tx", TimeoutMs: 1000, Options: o})
	}
	first, err := init(nil)
	require.NoError(t, err)
	require.Nil(t, first.GetRefusal())
	_, err = api.AddTransactionPartitions(t.Context(), &metalogv1.AddTransactionPartitionsRequest{
		TransactionalId: "tx", ProducerId: first.GetProducerId(), Partitions: []*metalogv1.TopicPartition{{Topic: "orders"}},
	})
	require.NoError(t, err)
	before, err := api.GetTransaction(t.Context(), &metalogv1.GetTransactionRequest{TransactionalId: "tx"})
	require.NoError(t, err)

	var validated *metalogv1.InitProducerResponse
	for _, validate := range []bool{true, false} {
		refused, err := init(writeOptions(1, validate))
		require.NoError(t, err)
		require.EqualValues(t, metadata.CodeConcurrentTransactions, refused.GetRefusal().GetCode())
		require.NotEmpty(t, refused.GetRefusal().GetMessage())
		require.Equal(t, first.GetProducerId(), refused.GetProducerId())
		require.EqualValues(t, 1, refused.GetProducerEpoch())
		require.Equal(t, created.GetId(), refused.GetMarks().GetPartitions()[0].GetTopicId())
		require.Equal(t, metadata.RequestID{1}.String(), refused.GetWritten().GetRequestId())
		after, err := api.GetTransaction(t.Context(), &metalogv1.GetTransactionRequest{TransactionalId: "tx"})
		require.NoError(t, err)
		require.Equal(t, validate, proto.Equal(before, after), "asking changes nothing")
		if validate {
			validated = refused
			continue
		}
		require.True(t, proto.Equal(validated.GetMarks(), refused.GetMarks()))
	}
	again, err := init(writeOptions(1, false))
	require.NoError(t, err)
	require.True(t, again.GetRefusal().GetDeduplicated())
	require.True(t, again.GetWritten().GetDeduplicated())
	require.EqualValues(t, 1, again.GetProducerEpoch())

	_, err = init(writeOptions(2, false))
	require.Equal(t, codes.Aborted, status.Code(err), "it is being aborted, and nothing is answered: %v", err)
}

func TestBatchRefusedWithAnAnswer(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	operations := []*metalogv1.BatchOperation{
		{Operation: &metalogv1.BatchOperation_CreateTopic{CreateTopic: &metalogv1.CreateTopicRequest{Name: "orders"}}},
		{Operation: &metalogv1.BatchOperation_DeleteGroup{DeleteGroup: &metalogv1.DeleteGroupRequest{Group: "nobody"}}},
	}
	for _, validate := range []bool{true, false} {
		refused, err := api.Batch(t.Context(), &metalogv1.BatchRequest{Operations: operations, Options: writeOptions(1, validate)})
		require.NoError(t, err)
		require.EqualValues(t, metadata.CodeGroupIDNotFound, refused.GetRefusal().GetCode())
		require.EqualValues(t, 1, refused.GetFailedOperation())
		_, err = api.GetTopic(t.Context(), &metalogv1.GetTopicRequest{Name: "orders"})
		require.Equal(t, codes.NotFound, status.Code(err), "all or nothing")

		accepted, err := api.Batch(t.Context(), &metalogv1.BatchRequest{Operations: operations[:1], Options: &metalogv1.WriteOptions{ValidateOnly: true}})
		require.NoError(t, err)
		require.Nil(t, accepted.GetRefusal())
		require.EqualValues(t, -1, accepted.GetFailedOperation())
		require.Len(t, accepted.GetAnswers(), 1)
	}
}

// What is refused as a whole has nothing to answer beside it.
func TestBatchRefusedAsAWhole(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	for name, row := range map[string]struct {
		req  *metalogv1.BatchRequest
		code metadata.Code
	}{
		"a precondition": {&metalogv1.BatchRequest{Preconditions: []*metalogv1.Precondition{{
			Record: &metalogv1.RecordKey{Noun: metalogv1.Noun_NOUN_GROUP, Name: "g"}, Expected: &metalogv1.Precondition_Exists{Exists: true},
		}}, Operations: []*metalogv1.BatchOperation{
			{Operation: &metalogv1.BatchOperation_DeleteGroup{DeleteGroup: &metalogv1.DeleteGroupRequest{Group: "g"}}},
		}}, metadata.CodeInvalidUpdateVersion},
		"no operation": {&metalogv1.BatchRequest{}, metadata.CodeInvalidRequest},
		"a forbidden operation": {&metalogv1.BatchRequest{Operations: []*metalogv1.BatchOperation{
			{Operation: &metalogv1.BatchOperation_ResetClock{ResetClock: &metalogv1.ResetClockRequest{}}},
		}}, metadata.CodeInvalidRequest},
		"an operation with options": {&metalogv1.BatchRequest{Operations: []*metalogv1.BatchOperation{
			{Operation: &metalogv1.BatchOperation_DeleteGroup{DeleteGroup: &metalogv1.DeleteGroupRequest{Options: writeOptions(1, false)}}},
		}}, metadata.CodeInvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			for _, validate := range []bool{true, false} {
				row.req.Options = &metalogv1.WriteOptions{ValidateOnly: validate}
				_, err := api.Batch(t.Context(), row.req)
				refusal, ok := convert.Error(status.Convert(err)).(*metadata.Error) //nolint:errorlint // the very one
				require.True(t, ok, "%v", err)
				require.Equal(t, row.code, refusal.Code)
			}
		})
	}
}

// Batches within batches are refused, however deep a program nests them.
func TestBatchNestedDeeply(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	req := &metalogv1.BatchRequest{}
	for range 4000 {
		req = &metalogv1.BatchRequest{Operations: []*metalogv1.BatchOperation{{Operation: &metalogv1.BatchOperation_Batch{Batch: req}}}}
	}
	_, err := api.Batch(t.Context(), req)
	require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
}
