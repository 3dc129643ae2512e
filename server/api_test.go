package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/server"
)

// TestEveryMethod walks through the API as a program without our client would.
func TestEveryMethod(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	ctx := t.Context()

	broker, err := api.RegisterBroker(ctx, &metalogv1.RegisterBrokerRequest{
		Id: 1, Incarnation: "00000000-0000-0000-0000-00000000000a", Rack: "r1",
		Endpoints: []*metalogv1.Endpoint{{Name: "PLAINTEXT", Host: "b1", Port: 9092, SecurityProtocol: "PLAINTEXT"}},
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, broker.GetEpoch())
	unfenced, err := api.SetBrokerState(ctx, &metalogv1.SetBrokerStateRequest{
		Id: 1, Epoch: broker.GetEpoch(), State: metalogv1.BrokerState_BROKER_STATE_UNFENCED,
	})
	require.NoError(t, err)
	require.EqualValues(t, 2, unfenced.GetWritten().GetRevision())

	created, err := api.CreateTopic(ctx, &metalogv1.CreateTopicRequest{Name: "orders"})
	require.NoError(t, err)
	require.EqualValues(t, 1, created.GetPartitions(), "the cluster's default")
	require.Len(t, created.GetWritten().GetRequestId(), 32, "the server chose one")

	topic, err := api.GetTopic(ctx, &metalogv1.GetTopicRequest{Name: "orders"})
	require.NoError(t, err)
	require.Equal(t, created.GetId(), topic.GetTopic().GetId())
	require.EqualValues(t, 3, topic.GetRevision())
	require.False(t, topic.GetStale())
	byID, err := api.GetTopic(ctx, &metalogv1.GetTopicRequest{Id: created.GetId()})
	require.NoError(t, err)
	require.Equal(t, "orders", byID.GetTopic().GetName())
	_, err = api.GetTopic(ctx, &metalogv1.GetTopicRequest{Name: "orders", Id: created.GetId()})
	require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)

	_, err = api.CreatePartitions(ctx, &metalogv1.CreatePartitionsRequest{Topic: "orders", Total: 3})
	require.NoError(t, err)
	_, err = api.AssignPartition(ctx, &metalogv1.AssignPartitionRequest{Topic: "orders", Partition: 2, Replicas: []int32{1}, Leader: 1, ExpectedPartitionEpoch: new(int32)})
	require.NoError(t, err)
	partition, err := api.GetPartition(ctx, &metalogv1.GetPartitionRequest{Topic: "orders", Partition: 2})
	require.NoError(t, err)
	require.EqualValues(t, 1, partition.GetPartition().GetPartitionEpoch())
	partitions, err := api.ListPartitions(ctx, &metalogv1.ListPartitionsRequest{Topic: "orders"})
	require.NoError(t, err)
	require.Len(t, partitions.GetPartitions(), 3)

	orders := &metalogv1.Resource{Type: metalogv1.ResourceType_RESOURCE_TYPE_TOPIC, Name: "orders"}
	_, err = api.AlterConfigs(ctx, &metalogv1.AlterConfigsRequest{Resource: orders, Ops: []*metalogv1.ConfigOp{
		{Kind: metalogv1.ConfigOpKind_CONFIG_OP_KIND_SET, Key: "retention.ms", Value: new("1000")},
	}})
	require.NoError(t, err)
	configs, err := api.GetConfigs(ctx, &metalogv1.GetConfigsRequest{Resource: orders})
	require.NoError(t, err)
	require.Equal(t, "1000", configs.GetConfigs()[0].GetValue())

	brokers, err := api.ListBrokers(ctx, &metalogv1.ListBrokersRequest{Options: &metalogv1.ReadOptions{Linearizable: true}})
	require.NoError(t, err)
	require.Len(t, brokers.GetBrokers(), 1)
	got, err := api.GetBroker(ctx, &metalogv1.GetBrokerRequest{Id: 1})
	require.NoError(t, err)
	require.Equal(t, "r1", got.GetBroker().GetRack())

	_, err = api.DeleteTopic(ctx, &metalogv1.DeleteTopicRequest{Name: "orders"})
	require.NoError(t, err)
	topics, err := api.ListTopics(ctx, &metalogv1.ListTopicsRequest{})
	require.NoError(t, err)
	require.Empty(t, topics.GetTopics())
	gone, err := api.UnregisterBroker(ctx, &metalogv1.UnregisterBrokerRequest{Id: 1, Epoch: new(broker.GetEpoch())})
	require.NoError(t, err)
	require.EqualValues(t, 8, gone.GetWritten().GetRevision())
}

func TestStatusAndCompact(t *testing.T) {
	r := serve(t, node(t), server.Config{Version: "v9"})
	_, err := r.metadata(t).CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{Name: "orders", Partitions: new(int32(4))})
	require.NoError(t, err)
	admin := metalogv1.NewAdminClient(r.dial(t))

	compacted, err := admin.Compact(t.Context(), &metalogv1.CompactRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 1, compacted.GetRevision())

	resp, err := admin.GetStatus(t.Context(), &metalogv1.GetStatusRequest{})
	require.NoError(t, err)
	st := resp.GetStatus()
	require.Equal(t, "hosttest", st.GetCluster())
	require.Equal(t, "n1", st.GetNode())
	require.Equal(t, "v9", st.GetVersion())
	require.Equal(t, "inmem", st.GetBackend())
	require.True(t, st.GetReady(), "%v", st)
	require.Equal(t, "leader", st.GetRole())
	require.Equal(t, "n1", st.GetLeader())
	require.EqualValues(t, 1, st.GetRevision())
	require.Len(t, st.GetDigest(), 64)
	require.NotZero(t, st.GetAppliedIndex())
	require.NotZero(t, st.GetSinceMs())
	require.NotZero(t, st.GetFeatureLevel())
	require.EqualValues(t, 1, st.GetCounts().GetTopics())
	require.EqualValues(t, 4, st.GetCounts().GetPartitions())
	require.Equal(t, "running", st.GetPlugin().GetState())
	require.Contains(t, st.GetPlugin().GetClaims(), "snapshots")
	require.Len(t, st.GetMembers(), 1)
	require.True(t, st.GetMembers()[0].GetLeader())
	require.Equal(t, "test", st.GetMembers()[0].GetVersion(), "as the node announced it")
}
