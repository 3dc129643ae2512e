package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// nameless is a node that knows no topic.
type nameless struct{ node }

func (nameless) TopicByID(context.Context, metadata.TopicID, ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
	return metadata.Read[*metadata.Topic]{}, &metadata.Error{Code: metadata.CodeUnknownTopicID}
}

func TestChangeText(t *testing.T) {
	id := metadata.TopicID{15: 1}
	topic := &metadata.Topic{ID: id, Name: "orders", Partitions: 1, ReplicationFactor: 2}
	grown := *topic
	grown.Partitions, grown.ModifiedRevision = 3, 9
	lead := &metadata.Partition{Topic: id, Leader: 1, Replicas: []int32{1, 2}, ISR: []int32{1, 2}}
	moved := *lead
	moved.Leader, moved.ISR = 2, []int32{2}
	for want, change := range map[string]metadata.Change{
		"+ topic orders id=00000000-0000-0000-0000-000000000001 partitions=1 replication_factor=2": {After: topic},
		"~ topic orders partitions=1→3":                 {Before: topic, After: &grown},
		"- topic orders":                                {Before: topic},
		"~ partition orders/0 leader=1→2 isr=[1,2]→[2]": {Before: lead, After: &moved},
		"+ group g state=empty generation=0":            {After: &metadata.Group{ID: "g", State: metadata.GroupEmpty}},
		"+ offset g orders/3 offset=7 leader_epoch=-1 metadata=\"two words\"": {
			After: &metadata.Offset{Group: "g", Topic: id, Partition: 3, Offset: 7, LeaderEpoch: -1, Metadata: "two words"},
		},
		"+ pending_offset g orders/3 producer 5 producer_id=5 offset=7 leader_epoch=0": {
			After: &metadata.PendingOffset{ProducerID: 5, Group: "g", Topic: id, Partition: 3, Offset: 7},
		},
		"- segment orders/0/s1 parquet": {
			Before: &metadata.Segment{SegmentKey: metadata.SegmentKey{Kind: metadata.SegmentParquet, Topic: id, ID: "s1"}},
		},
		"+ config broker/1 configs={\"a\":\"b\"}": {
			After: &metadata.ConfigRecord{
				Resource: metadata.Resource{Type: metadata.ResourceBroker, Name: "1"},
				Configs:  metadata.Configs{{Key: "a", Value: "b"}},
			},
		},
		"~ cluster - next_producer_id=0→1000": {
			Before: &metadata.ClusterRecord{FeatureLevel: 1}, After: &metadata.ClusterRecord{FeatureLevel: 1, NextProducerID: 1000},
		},
	} {
		names := namesFrom(nameless{})
		names.learn(metadata.Change{After: topic})
		require.Equal(t, want, changeText(t.Context(), names, change))
	}
}

// A topic that is gone is shown by its id.
func TestNameOfNoTopic(t *testing.T) {
	id := metadata.TopicID{15: 1}
	require.Equal(t, id.String()+"/4",
		keyText(t.Context(), namesFrom(nameless{}), metadata.Key{Noun: metadata.NounPartition, Topic: id, Partition: 4}))
}
