package convert_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
)

func TestAbsentCountsAreTheClustersDefault(t *testing.T) {
	spec, err := convert.TopicSpec(&metalogv1.CreateTopicRequest{Name: "orders"})
	require.NoError(t, err)
	require.Equal(t, metadata.TopicSpec{Name: "orders", Partitions: metadata.Default, ReplicationFactor: metadata.Default}, spec)

	spec, err = convert.TopicSpec(&metalogv1.CreateTopicRequest{Partitions: new(int32), ReplicationFactor: new(int32)})
	require.NoError(t, err)
	require.Zero(t, spec.Partitions, "zero is a wish of its own, which is refused later")
	require.Zero(t, spec.ReplicationFactor)
}

func TestUnreadableRequestsAreRefusals(t *testing.T) {
	type err = error
	id := "0123456789abcdef0123456789abcdef"
	for name, got := range map[string]func() error{
		"topic id":                func() err { _, e := convert.TopicSpec(&metalogv1.CreateTopicRequest{Id: "x"}); return e },
		"topic reference":         func() err { _, e := convert.TopicRef(&metalogv1.GetTopicRequest{Id: "12"}); return e },
		"incarnation":             func() err { _, e := convert.BrokerSpec(&metalogv1.RegisterBrokerRequest{Incarnation: "-"}); return e },
		"request id":              func() err { _, e := convert.WriteOptions(&metalogv1.WriteOptions{RequestId: "zz"}); return e },
		"id without its revision": func() err { _, e := convert.WriteOptions(&metalogv1.WriteOptions{RequestId: id}); return e },
		"revision without its id": func() err {
			_, e := convert.WriteOptions(&metalogv1.WriteOptions{FirstRevision: new(uint64)})
			return e
		},
		"no id of the request that is meant": func() err { _, e := convert.RequestID(""); return e },
		"settled id":                         func() err { _, e := convert.SettleSpec(&metalogv1.SettleRequest{SettledId: "zz"}); return e },
		"topic id of a watermark":            func() err { _, e := convert.Watermark(&metalogv1.Watermark{TopicId: "x"}); return e },
		"topic id of a segment":              func() err { _, e := convert.SegmentKey(&metalogv1.SegmentKey{TopicId: "x"}); return e },
		"topic id of a watch":                func() err { _, e := convert.WatchOptions(&metalogv1.WatchRequest{TopicId: "x"}); return e },
		"topic id of a precondition": func() err {
			_, e := convert.BatchSpec(&metalogv1.BatchRequest{Preconditions: []*metalogv1.Precondition{{Record: &metalogv1.RecordKey{TopicId: "x"}}}})
			return e
		},
		"two wishes for offsets": func() err {
			_, e := convert.OffsetsQuery(&metalogv1.FetchOffsetsRequest{All: true, Partitions: []*metalogv1.TopicPartition{{}}})
			return e
		},
		"fingerprint": func() err { _, e := convert.StoredAnswer(&metalogv1.Answer{Fingerprint: make([]byte, 15)}); return e },
		"a change of nothing": func() err {
			_, e := convert.WatchMessage(&metalogv1.WatchResponse{Changes: []*metalogv1.Change{{Before: &metalogv1.Record{}}}})
			return e
		},
		"an operation of no kind": func() err {
			_, e := convert.BatchSpec(&metalogv1.BatchRequest{Operations: []*metalogv1.BatchOperation{{}}})
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, got(), metadata.ErrInvalid)
		})
	}
}

// What has 16 bits at Kafka and in metadata has 32 on the wire.
func TestNumbersAreNeverCut(t *testing.T) {
	type err = error
	for _, n := range []int32{math.MaxInt16 + 1, math.MinInt16 - 1, 1 << 16, math.MaxInt32, math.MinInt32} {
		for name, got := range map[string]func() error{
			"init": func() err {
				_, e := convert.InitProducerSpec(&metalogv1.InitProducerRequest{ExpectedEpoch: &n})
				return e
			},
			"partitions": func() err {
				_, e := convert.TransactionPartitionsSpec(&metalogv1.AddTransactionPartitionsRequest{ProducerEpoch: n})
				return e
			},
			"group": func() err {
				_, e := convert.TransactionGroupSpec(&metalogv1.AddTransactionOffsetsRequest{ProducerEpoch: n})
				return e
			},
			"offsets": func() err {
				_, e := convert.TransactionOffsetsSpec(&metalogv1.CommitTransactionOffsetsRequest{ProducerEpoch: n})
				return e
			},
			"prepare": func() err {
				_, e := convert.PrepareSpec(&metalogv1.PrepareTransactionRequest{ProducerEpoch: n})
				return e
			},
			"complete": func() err {
				_, e := convert.ProducerRef(&metalogv1.CompleteTransactionRequest{ProducerEpoch: n})
				return e
			},
			"in a batch": func() err {
				_, e := convert.BatchSpec(&metalogv1.BatchRequest{Operations: []*metalogv1.BatchOperation{{
					Operation: &metalogv1.BatchOperation_CompleteTransaction{CompleteTransaction: &metalogv1.CompleteTransactionRequest{ProducerEpoch: n}},
				}}})
				return e
			},
			"epoch":      func() err { _, e := convert.Transaction(&metalogv1.Transaction{ProducerEpoch: n}); return e },
			"last epoch": func() err { _, e := convert.Transaction(&metalogv1.Transaction{LastEpoch: n}); return e },
			"initialized": func() err {
				_, e := convert.InitializedProducer(&metalogv1.InitProducerResponse{ProducerEpoch: n})
				return e
			},
			"refusal": func() err {
				_, e := convert.BatchResult(&metalogv1.BatchResponse{Refusal: &metalogv1.Refusal{Code: n}})
				return e
			},
			"answer": func() err { _, e := convert.StoredAnswer(&metalogv1.Answer{Code: n}); return e },
			"response": func() err {
				_, e := convert.StoredAnswer(&metalogv1.Answer{Response: &metalogv1.Response{ProducerEpoch: n}})
				return e
			},
			"item": func() err {
				_, e := convert.CommittedItems(&metalogv1.CommitOffsetsResponse{Failed: []*metalogv1.ItemError{{Code: n}}})
				return e
			},
			"offset": func() err { _, e := convert.FetchedOffset(&metalogv1.FetchedOffset{Code: n}); return e },
		} {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				require.ErrorIs(t, got(), metadata.ErrInvalid)
			})
		}
	}
}

func TestAbsentExpectationsAreNone(t *testing.T) {
	spec, err := convert.InitProducerSpec(&metalogv1.InitProducerRequest{TransactionalId: "t"})
	require.NoError(t, err)
	require.Equal(t, metadata.InitProducerSpec{
		TransactionalID: "t", ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	}, spec)

	spec, err = convert.InitProducerSpec(&metalogv1.InitProducerRequest{ExpectedProducerId: new(int64), ExpectedEpoch: new(int32)})
	require.NoError(t, err)
	require.Equal(t, metadata.InitProducerSpec{}, spec, "zero is an id and an epoch")

	offsets := convert.OffsetsSpec(&metalogv1.CommitOffsetsRequest{Offsets: []*metalogv1.OffsetCommit{{}, {LeaderEpoch: new(int32)}}})
	require.Equal(t, []metadata.OffsetCommit{{LeaderEpoch: -1}, {}}, offsets.Offsets)
}

// No partitions and all of them aren't the same wish.
func TestAllOffsetsOrNone(t *testing.T) {
	for _, partitions := range [][]metadata.TopicPartition{nil, {}} {
		p := convert.FetchOffsetsRequest(metadata.OffsetsQuery{Group: "g", Partitions: partitions})
		require.Equal(t, partitions == nil, p.GetAll())
		q, err := convert.OffsetsQuery(p)
		require.NoError(t, err)
		require.Equal(t, partitions == nil, q.Partitions == nil)
		require.Empty(t, q.Partitions)
	}
}

func TestNoOptionsAreFine(t *testing.T) {
	o, err := convert.WriteOptions(nil)
	require.NoError(t, err)
	require.Equal(t, metadata.WriteOptions{}, o)
	require.Equal(t, metadata.ReadOptions{}, convert.ReadOptions(nil))
	require.Nil(t, convert.ReadOptionsProto(metadata.ReadOptions{}))
}

func TestEnumsAgreeByNumberAndName(t *testing.T) {
	for number, name := range metalogv1.ResourceType_name {
		requireSameName(t, "RESOURCE_TYPE_", name, number, metadata.ResourceType(number))
	}
	for number, name := range metalogv1.BrokerState_name {
		requireSameName(t, "BROKER_STATE_", name, number, metadata.BrokerState(number))
	}
	for number, name := range metalogv1.GroupState_name {
		requireSameName(t, "GROUP_STATE_", name, number, metadata.GroupState(number))
	}
	for number, name := range metalogv1.TransactionState_name {
		requireSameName(t, "TRANSACTION_STATE_", name, number, metadata.TransactionState(number))
	}
	for number, name := range metalogv1.SegmentKind_name {
		requireSameName(t, "SEGMENT_KIND_", name, number, metadata.SegmentKind(number))
	}
	for number, name := range metalogv1.Noun_name {
		requireSameName(t, "NOUN_", name, number, metadata.Noun(number))
	}
	for number, name := range metalogv1.Fate_name {
		requireSameName(t, "FATE_", name, number, metadata.Fate(number))
	}
	for number, name := range metalogv1.WatchKind_name {
		requireSameName(t, "WATCH_KIND_", name, number, metadata.WatchKind(number))
	}
	require.EqualValues(t, metalogv1.ConfigOpKind_CONFIG_OP_KIND_SET, metadata.ConfigSet)
	require.EqualValues(t, metalogv1.ConfigOpKind_CONFIG_OP_KIND_DELETE, metadata.ConfigDelete)
	require.EqualValues(t, metalogv1.ConfigOpKind_CONFIG_OP_KIND_APPEND, metadata.ConfigAppend)
	require.EqualValues(t, metalogv1.ConfigOpKind_CONFIG_OP_KIND_SUBTRACT, metadata.ConfigSubtract)
}

func requireSameName(t *testing.T, prefix, name string, number int32, plain fmt.Stringer) {
	t.Helper()
	if number == 0 {
		require.Equal(t, "unknown", plain.String())
		return
	}
	require.Equal(t, strings.TrimPrefix(name, prefix), strings.ToUpper(plain.String()))
}

func TestUnknownEnumsAreNobodyElse(t *testing.T) {
	require.EqualValues(t, 9, convert.BrokerStateSpec(&metalogv1.SetBrokerStateRequest{State: 9}).State, "refusing it isn't our business")
	for _, number := range []int32{257, 258, -1, math.MaxInt32, math.MinInt32} {
		require.Zero(t, convert.Resource(&metalogv1.Resource{Type: metalogv1.ResourceType(number)}).Type)
		require.Zero(t, convert.BrokerStateSpec(&metalogv1.SetBrokerStateRequest{State: metalogv1.BrokerState(number)}).State)
	}
}
