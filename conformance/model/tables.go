package model

import (
	"cmp"
	"maps"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// tables is all records, and what counts up. The slices within records are never
// changed, so that a copy of the maps is a copy of everything.
type tables struct {
	featureLevel uint32
	nextProducer int64
	topics       map[string]metadata.Topic
	partitions   map[metadata.PartitionKey]metadata.Partition
	brokers      map[int32]metadata.Broker
	configs      map[metadata.Resource]metadata.ConfigRecord // topics keep their own
	groups       map[string]metadata.Group
	offsets      map[offsetKey]metadata.Offset
	pending      map[pendingKey]metadata.PendingOffset
	transactions map[string]metadata.Transaction
	segments     map[metadata.SegmentKey]metadata.Segment
}

type offsetKey struct {
	group string
	at    metadata.PartitionKey
}

type pendingKey struct {
	producer int64
	offsetKey
}

func newTables() tables {
	return tables{
		featureLevel: 1,
		topics:       map[string]metadata.Topic{},
		partitions:   map[metadata.PartitionKey]metadata.Partition{},
		brokers:      map[int32]metadata.Broker{},
		configs:      map[metadata.Resource]metadata.ConfigRecord{},
		groups:       map[string]metadata.Group{},
		offsets:      map[offsetKey]metadata.Offset{},
		pending:      map[pendingKey]metadata.PendingOffset{},
		transactions: map[string]metadata.Transaction{},
		segments:     map[metadata.SegmentKey]metadata.Segment{},
	}
}

func (t tables) clone() tables {
	t.topics = maps.Clone(t.topics)
	t.partitions = maps.Clone(t.partitions)
	t.brokers = maps.Clone(t.brokers)
	t.configs = maps.Clone(t.configs)
	t.groups = maps.Clone(t.groups)
	t.offsets = maps.Clone(t.offsets)
	t.pending = maps.Clone(t.pending)
	t.transactions = maps.Clone(t.transactions)
	t.segments = maps.Clone(t.segments)
	return t
}

// sorted is the values of m in the order of its keys.
func sorted[K cmp.Ordered, V any](m map[K]V) []*V {
	var out []*V
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := m[k]
		out = append(out, &v)
	}
	return out
}
