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
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, got(), metadata.ErrInvalid)
		})
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
