package model

import (
	"context"
	"fmt"
	"strconv"

	"github.com/chronik-stream/metalog/metadata"
)

// checker makes every read that there is, of everything that sequences name.
type checker struct {
	ctx   context.Context
	node  *Node
	store metadata.Store
	ids   []metadata.RequestID
	err   error // the first disagreement
}

func (c *checker) run() error {
	c.topics()
	c.brokers()
	c.configs()
	c.groups()
	c.transactions()
	c.segments()
	c.requests()
	return c.err
}

// compare holds one read against what the model says.
func compare[T any](c *checker, what string, want T, code metadata.Code, got metadata.Read[T], err error) {
	if c.err != nil {
		return
	}
	if bad := sameCode(code, c.node.Revision, err); bad != nil {
		c.err = fmt.Errorf("%s: %w", what, bad)
		return
	}
	if code == metadata.CodeNone && (!same(want, got.Value) || got.Revision != c.node.Revision || got.Stale) {
		c.err = fmt.Errorf("%s: expected %s at revision %d, got %s", what, show(want), c.node.Revision, show(got))
	}
}

// found is a record and the code of one that isn't there.
func found[K comparable, V any](m map[K]V, k K, absent metadata.Code) (*V, metadata.Code) {
	v, ok := m[k]
	if !ok {
		return nil, absent
	}
	return &v, metadata.CodeNone
}

func (c *checker) topics() {
	all, err := c.store.Topics(c.ctx)
	compare(c, "Topics", sorted(c.node.topics), metadata.CodeNone, all, err)
	for _, name := range topicNames {
		want, code := found(c.node.topics, name, metadata.CodeUnknownTopicOrPartition)
		got, err := c.store.Topic(c.ctx, name)
		compare(c, "Topic "+name, want, code, got, err)

		var partitions []*metadata.Partition
		for i := range int32(maxTotal + 1) {
			if p := c.partition(name, i); p != nil {
				partitions = append(partitions, p)
			}
		}
		list, err := c.store.Partitions(c.ctx, name)
		compare(c, "Partitions "+name, partitions, code, list, err)
	}
	for _, id := range topicIDs {
		want, code := found(c.node.topics, c.node.nameOf(id), metadata.CodeUnknownTopicID)
		got, err := c.store.TopicByID(c.ctx, id)
		compare(c, "TopicByID "+id.String(), want, code, got, err)
	}
}

func (c *checker) partition(topic string, i int32) *metadata.Partition {
	what := " " + topic + "/" + strconv.Itoa(int(i))
	p, code := found(c.node.partitions, c.node.at(topic, i), metadata.CodeUnknownTopicOrPartition)
	got, err := c.store.Partition(c.ctx, topic, i)
	compare(c, "Partition"+what, p, code, got, err)
	offsets, code := c.node.PartitionOffsets(topic, i)
	ends, err := c.store.PartitionOffsets(c.ctx, topic, i)
	compare(c, "PartitionOffsets"+what, offsets, code, ends, err)
	leader, err := c.store.Leader(c.ctx, topic, i)
	replicas, err2 := c.store.Replicas(c.ctx, topic, i)
	if p == nil {
		compare(c, "Leader"+what, 0, code, leader, err)
		compare(c, "Replicas"+what, nil, code, replicas, err2)
		return nil
	}
	compare(c, "Leader"+what, p.Leader, code, leader, err)
	compare(c, "Replicas"+what, p.Replicas, code, replicas, err2)
	return p
}

func (c *checker) brokers() {
	all, err := c.store.Brokers(c.ctx)
	compare(c, "Brokers", sorted(c.node.brokers), metadata.CodeNone, all, err)
	for _, id := range brokerIDs {
		want, code := found(c.node.brokers, id, metadata.CodeBrokerIDNotRegistered)
		got, err := c.store.Broker(c.ctx, id)
		compare(c, "Broker "+strconv.Itoa(int(id)), want, code, got, err)
	}
}

func (c *checker) configs() {
	for _, r := range resources {
		want, code := c.node.Configs(r)
		got, err := c.store.Configs(c.ctx, r)
		compare(c, "Configs "+show(r), want, code, got, err)
	}
}

func (c *checker) groups() {
	all, err := c.store.Groups(c.ctx)
	compare(c, "Groups", sorted(c.node.groups), metadata.CodeNone, all, err)
	for _, id := range groupIDs {
		want, code := found(c.node.groups, id, metadata.CodeGroupIDNotFound)
		got, err := c.store.Group(c.ctx, id)
		compare(c, "Group "+id, want, code, got, err)
		for _, stable := range []bool{false, true} {
			for _, partitions := range [][]metadata.TopicPartition{nil, everyPartition()} {
				q := metadata.OffsetsQuery{Group: id, Partitions: partitions, RequireStable: stable}
				got, err := c.store.FetchOffsets(c.ctx, q)
				compare(c, "FetchOffsets "+show(q), c.node.FetchOffsets(q), metadata.CodeNone, got, err)
			}
		}
	}
}

func (c *checker) transactions() {
	all, err := c.store.Transactions(c.ctx)
	compare(c, "Transactions", sorted(c.node.transactions), metadata.CodeNone, all, err)
	for _, id := range transactionalIDs {
		want, code := found(c.node.transactions, id, metadata.CodeTransactionalIDNotFound)
		got, err := c.store.Transaction(c.ctx, id)
		compare(c, "Transaction "+id, want, code, got, err)
	}
}

func (c *checker) segments() {
	for _, topic := range topicNames {
		for _, kind := range []metadata.SegmentKind{metadata.SegmentLog, metadata.SegmentParquet} {
			for _, partition := range []*int32{nil, new(int32)} {
				q := metadata.SegmentsQuery{Topic: topic, Kind: kind, Partition: partition}
				want, code := c.node.Segments(q)
				got, err := c.store.Segments(c.ctx, q)
				compare(c, "Segments "+show(q), want, code, got, err)
				var paths []string
				for _, s := range want {
					paths = append(paths, s.Path)
				}
				gotPaths, err := c.store.SegmentPaths(c.ctx, q)
				compare(c, "SegmentPaths "+show(q), paths, code, gotPaths, err)
			}
		}
	}
	for key := range c.node.segments {
		want, code := found(c.node.segments, key, metadata.CodeResourceNotFound)
		got, err := c.store.Segment(c.ctx, key)
		compare(c, "Segment "+show(key), want, code, got, err)
	}
	absent := metadata.SegmentKey{Kind: metadata.SegmentLog, ID: "absent"}
	got, err := c.store.Segment(c.ctx, absent)
	compare(c, "Segment "+show(absent), nil, metadata.CodeResourceNotFound, got, err)
}

func (c *checker) requests() {
	c.outcome(requestID(0xffff))
	for i := 0; i < len(c.ids); i += 1 + len(c.ids)/maxOutcomes {
		c.outcome(c.ids[i])
	}
	level, err := c.store.FeatureLevel(c.ctx)
	compare(c, "FeatureLevel", c.node.featureLevel, metadata.CodeNone, level, err)
}

// maxOutcomes is of how many requests a check asks what became of them.
const maxOutcomes = 1000

func (c *checker) outcome(id metadata.RequestID) {
	for _, first := range []uint64{0, c.node.Revision} {
		want := c.node.Outcome(id, first)
		got, err := c.store.Outcome(c.ctx, id, first)
		want.Answer, got.Value.Answer = tidy(want.Answer), tidy(got.Value.Answer)
		compare(c, "Outcome "+id.String(), want, metadata.CodeNone, got, err)
	}
}
