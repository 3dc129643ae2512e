package metadata_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// A store always chooses an id, so no story can leave it out.
func TestATopicNeedsAnID(t *testing.T) {
	spec := metadata.TopicSpec{Name: "orders", Partitions: 1, ReplicationFactor: 1}
	res := metadata.Genesis().Check(metadata.NewCreateTopic(spec))
	require.Equal(t, metadata.CodeInvalidRequest, res.Code)

	unstamped := metadata.NewCreateTopic(spec)
	unstamped.GetCreateTopic().Stamp = nil
	require.Equal(t, metadata.CodeInvalidRequest, metadata.Genesis().Check(unstamped).Code)

	spec.ID = metadata.TopicID{1}
	require.Equal(t, metadata.CodeNone, metadata.Genesis().Check(metadata.NewCreateTopic(spec)).Code)
}

// The zero value of a spec asks for nothing that could be meant.
func TestZeroCountsAreRefusedWithTheWayOut(t *testing.T) {
	spec := metadata.TopicSpec{Name: "orders", ID: metadata.TopicID{1}}
	res := metadata.Genesis().Check(metadata.NewCreateTopic(spec))
	require.Equal(t, metadata.CodeInvalidReplicationFactor, res.Code)
	require.Contains(t, res.Message, "-1 (metadata.Default)")

	spec.ReplicationFactor = metadata.Default
	res = metadata.Genesis().Check(metadata.NewCreateTopic(spec))
	require.Equal(t, metadata.CodeInvalidPartitions, res.Code)
	require.Contains(t, res.Message, "-1 (metadata.Default)")
}

// A constructor's event is the caller's own: what it was made of may change.
func TestEventsDontShareTheCallersSlices(t *testing.T) {
	value := "1"
	topic := metadata.TopicSpec{
		Name:        "orders",
		Assignments: []metadata.Assignment{{Replicas: []int32{1}}},
		Configs:     []metadata.ConfigValue{{Key: "x.a", Value: &value}},
	}
	assignment := metadata.AssignmentSpec{Topic: "orders", Replicas: []int32{1}}
	created, assigned := metadata.NewCreateTopic(topic), metadata.NewAssignPartition(assignment)
	value = "2"
	topic.Assignments[0].Replicas[0] = 2
	assignment.Replicas[0] = 2
	require.Equal(t, int32(1), created.GetCreateTopic().GetAssignments()[0].GetReplicas()[0])
	require.Equal(t, "1", created.GetCreateTopic().GetConfigs()[0].GetValue())
	require.Equal(t, int32(1), assigned.GetAssignPartition().GetReplicas()[0])
}
