package metadata_test

import (
	"strconv"

	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// script is n events of all kinds, some of which are refused.
func script(n int) []*eventpb.Event {
	out := make([]*eventpb.Event, n)
	for i := range out {
		out[i] = scripted(i)
	}
	return out
}

func scripted(i int) *eventpb.Event {
	broker := int32(i/10%3) + 1
	topic := "topic_" + strconv.Itoa(i/20)
	value := strconv.Itoa(i)
	switch i % 10 {
	case 0:
		return metadata.NewRegisterBroker(brokerSpec(broker))
	case 1:
		return metadata.NewSetBrokerState(metadata.BrokerStateSpec{ID: broker, Epoch: int64(i), State: metadata.BrokerUnfenced})
	case 2:
		return createNamed(topic, i)
	case 3:
		return metadata.NewCreatePartitions(metadata.PartitionsSpec{Topic: topic, Total: int32(i%70) + 2})
	case 4:
		return metadata.NewAlterConfigs(metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: topic},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.owner", Value: &value}},
		})
	case 5:
		return metadata.NewAlterConfigs(metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceGroup, Name: topic},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.owner", Value: &value}},
		})
	case 6:
		return metadata.NewAssignPartition(metadata.AssignmentSpec{Topic: topic, Replicas: []int32{broker}, Leader: broker})
	case 7:
		return metadata.NewSetBrokerState(metadata.BrokerStateSpec{ID: broker, Epoch: int64(i - 6), State: metadata.BrokerFenced})
	case 8:
		return metadata.NewDeleteTopic(metadata.TopicRef{Name: "topic_" + strconv.Itoa(i/20-1)})
	default:
		return metadata.NewUnregisterBroker(metadata.UnregisterSpec{ID: 3})
	}
}

// drawEvent is any command, over few names so that they meet.
func drawEvent(t *rapid.T) *eventpb.Event {
	switch rapid.IntRange(0, 16).Draw(t, "kind") {
	case 0, 1:
		return drawCreate(t)
	case 2:
		ref := metadata.TopicRef{Name: drawName(t)}
		if rapid.Bool().Draw(t, "by id") {
			ref = metadata.TopicRef{ID: topicID(rapid.IntRange(0, 12).Draw(t, "id"))}
		}
		return metadata.NewDeleteTopic(ref)
	case 3:
		return metadata.NewAlterConfigs(drawConfigs(t))
	case 4:
		return metadata.NewCreatePartitions(metadata.PartitionsSpec{
			Topic: drawName(t), Total: rapid.SampledFrom([]int32{1, 2, 63, 64, 65, 130}).Draw(t, "total"),
		})
	case 5:
		replicas := rapid.SliceOfNDistinct(rapid.Int32Range(1, 4), 1, 3, rapid.ID).Draw(t, "replicas")
		return metadata.NewAssignPartition(metadata.AssignmentSpec{
			Topic: drawName(t), Partition: rapid.Int32Range(0, 70).Draw(t, "partition"),
			Replicas: replicas, Leader: rapid.SampledFrom(replicas).Draw(t, "leader"),
		})
	case 6:
		spec := brokerSpec(rapid.Int32Range(1, 4).Draw(t, "broker"))
		spec.Incarnation[0] = byte(rapid.IntRange(0, 1).Draw(t, "incarnation"))
		return metadata.NewRegisterBroker(spec)
	case 7:
		return metadata.NewSetBrokerState(metadata.BrokerStateSpec{
			ID: rapid.Int32Range(1, 4).Draw(t, "broker"), Epoch: rapid.Int64Range(1, 20).Draw(t, "epoch"),
			State: metadata.BrokerState(rapid.IntRange(1, 3).Draw(t, "state")),
		})
	case 8:
		return metadata.NewUnregisterBroker(metadata.UnregisterSpec{ID: rapid.Int32Range(1, 4).Draw(t, "broker")})
	case 9:
		return drawBatch(t)
	default:
		return drawNoun(t)
	}
}

func drawName(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b.c", "b_c", "d-e", "f.g.h", "bad name"}).Draw(t, "name")
}

func drawCreate(t *rapid.T) *eventpb.Event {
	spec := metadata.TopicSpec{
		Name: drawName(t), ID: topicID(rapid.IntRange(0, 12).Draw(t, "id")),
		Partitions:        rapid.SampledFrom([]int32{-1, 0, 1, 3, 64, 129}).Draw(t, "partitions"),
		ReplicationFactor: rapid.SampledFrom([]int32{-1, 1, 2, 3}).Draw(t, "factor"),
	}
	if rapid.Bool().Draw(t, "configured") {
		value := strconv.Itoa(rapid.IntRange(1, 3).Draw(t, "value"))
		spec.Configs = []metadata.ConfigValue{{Key: "x.owner", Value: &value}}
	}
	return metadata.NewCreateTopic(spec)
}

func drawConfigs(t *rapid.T) metadata.ConfigSpec {
	spec := metadata.ConfigSpec{Resource: rapid.SampledFrom([]metadata.Resource{
		{Type: metadata.ResourceTopic, Name: "a"},
		{Type: metadata.ResourceBroker, Name: "1"},
		{Type: metadata.ResourceCluster},
		{Type: metadata.ResourceGroup, Name: "g"},
	}).Draw(t, "resource"), Replace: rapid.Bool().Draw(t, "replace")}
	for i := range rapid.IntRange(0, 3).Draw(t, "ops") {
		value := strconv.Itoa(i)
		kind := rapid.SampledFrom([]metadata.ConfigOpKind{metadata.ConfigSet, metadata.ConfigDelete}).Draw(t, "op")
		op := metadata.ConfigOp{Kind: kind, Key: "x." + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")}
		if kind == metadata.ConfigSet {
			op.Value = &value
		}
		spec.Ops = append(spec.Ops, op)
	}
	return spec
}
