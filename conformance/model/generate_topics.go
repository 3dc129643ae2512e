package model

import (
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

func (g *generator) onTopics() metadata.BatchOperation {
	switch g.upTo(11) {
	case 0, 1, 2:
		return metadata.BatchOperation{CreateTopic: g.newTopic()}
	case 3:
		return metadata.BatchOperation{DeleteTopic: g.deletion()}
	case 4, 5:
		return metadata.BatchOperation{CreatePartitions: g.growth()}
	case 6, 7, 8:
		return metadata.BatchOperation{AssignPartition: g.assignment()}
	default:
		return metadata.BatchOperation{AlterConfigs: g.alteration()}
	}
}

// topicName is one that exists, mostly.
func (g *generator) topicName() string {
	if all := sorted(g.node.topics); len(all) > 0 && !g.seldom(16) {
		return pick(g.drawer, all).Name
	}
	return mostly(g.drawer, pick(g.drawer, topicNames), "none")
}

func (g *generator) topicID() metadata.TopicID {
	if t, ok := g.node.topics[g.topicName()]; ok && !g.seldom(16) {
		return t.ID
	}
	return pick(g.drawer, topicIDs)
}

func (g *generator) newTopic() *metadata.TopicSpec {
	spec := &metadata.TopicSpec{
		Name:              mostly(g.drawer, pick(g.drawer, topicNames), "..", "a/b", ""),
		ID:                g.unusedID(),
		Partitions:        mostly(g.drawer, int32(1+g.upTo(maxTotal-2)), -1, 0, -2),
		ReplicationFactor: mostly(g.drawer, int32(1+g.upTo(1)), -1, 0, 5, -2, 40_000),
	}
	if g.seldom(8) {
		spec.ID = g.usedID()
	}
	if g.seldom(4) {
		spec.Partitions, spec.ReplicationFactor = mostly(g.drawer, int32(-1), 1), mostly(g.drawer, int32(-1), 1)
		spec.Assignments = g.assignments(0, 1+g.upTo(1), 1+g.upTo(1))
	}
	if g.seldom(4) {
		spec.Configs = several(g.drawer, 2, func() metadata.ConfigValue {
			return metadata.ConfigValue{Key: g.configKey(), Value: g.configValue()}
		})
	}
	return spec
}

// unusedID is one that nobody has. One of a deleted topic comes again, as callers
// may not let it, but not if its high watermarks were set: nodes remember those
// until they restart, not all at once.
func (g *generator) unusedID() metadata.TopicID {
	for _, id := range topicIDs {
		if g.node.nameOf(id) == "" && !g.marked(id) {
			return id
		}
	}
	return g.usedID()
}

func (g *generator) usedID() metadata.TopicID {
	if all := sorted(g.node.topics); len(all) > 0 {
		return pick(g.drawer, all).ID
	}
	return metadata.TopicID{0: 0xff, 8: byte(len(g.made))}
}

func (g *generator) marked(id metadata.TopicID) bool {
	for at := range g.node.marks {
		if at.Topic == id {
			return true
		}
	}
	return false
}

// assignments are for n partitions from first on.
func (g *generator) assignments(first, n, rf int) []metadata.Assignment {
	var out []metadata.Assignment
	for i := range n {
		out = append(out, metadata.Assignment{
			Partition: int32(mostly(g.drawer, first+i, first+n)),
			Replicas:  g.replicas(mostly(g.drawer, rf, 0, rf+1)),
		})
	}
	return out
}

// replicas are n brokers, each once mostly, registered ones mostly.
func (g *generator) replicas(n int) []int32 {
	from := brokerIDs
	if len(g.node.brokers) > 0 && !g.seldom(8) {
		from = nil
		for _, b := range sorted(g.node.brokers) {
			from = append(from, b.ID)
		}
	}
	start := g.upTo(len(from) - 1)
	var out []int32
	for i := range n {
		out = append(out, mostly(g.drawer, from[(start+i)%len(from)], from[0], -1))
	}
	return out
}

func (g *generator) deletion() *metadata.TopicRef {
	switch g.upTo(8) {
	case 6:
		return &metadata.TopicRef{Name: "t", ID: topicIDs[0]}
	case 7:
		return &metadata.TopicRef{}
	case 4, 5:
		return &metadata.TopicRef{ID: g.topicID()}
	default:
		return &metadata.TopicRef{Name: g.topicName()}
	}
}

func (g *generator) growth() *metadata.PartitionsSpec {
	t := g.node.topics[g.topicName()]
	spec := &metadata.PartitionsSpec{Topic: t.Name, Total: mostly(g.drawer, min(t.Partitions+1, maxTotal), maxTotal, 0, 20_000, -1)}
	if t.Name == "" {
		spec.Topic = "none"
	}
	if g.seldom(3) && spec.Total <= maxTotal {
		n := max(int(spec.Total-t.Partitions), 0)
		spec.Assignments = g.assignments(int(t.Partitions), mostly(g.drawer, n, n+1), max(int(t.ReplicationFactor), 1))
	}
	return spec
}

func (g *generator) assignment() *metadata.AssignmentSpec {
	tp := g.partition()
	spec := &metadata.AssignmentSpec{Topic: tp.Topic, Partition: tp.Partition, Replicas: g.replicas(mostly(g.drawer, 1+g.upTo(2), 0))}
	spec.Leader = pick(g.drawer, brokerIDs)
	if len(spec.Replicas) > 0 {
		spec.Leader = mostly(g.drawer, pick(g.drawer, spec.Replicas), spec.Leader)
	}
	if g.seldom(3) {
		p := g.node.partitions[g.node.at(tp.Topic, tp.Partition)]
		epoch := mostly(g.drawer, p.PartitionEpoch, p.PartitionEpoch+1, 0)
		spec.ExpectedPartitionEpoch = &epoch
	}
	return spec
}

// partition is one that exists, mostly.
func (g *generator) partition() metadata.TopicPartition {
	name := g.topicName()
	i := 0
	if n := g.node.topics[name].Partitions; n > 0 {
		i = g.upTo(int(n) - 1)
	}
	return metadata.TopicPartition{Topic: name, Partition: int32(mostly(g.drawer, i, maxTotal+1, -1))}
}

// resource is one that may have settings, mostly.
func (g *generator) resource() metadata.Resource {
	if g.seldom(2) {
		return metadata.Resource{Type: metadata.ResourceTopic, Name: g.topicName()}
	}
	return pick(g.drawer, resources[:6])
}

func (g *generator) configKey() string {
	return mostly(g.drawer, pick(g.drawer, []string{cleanupPolicy, "x.a", "x.b"}), "nonsense")
}

func (g *generator) configValue() *string {
	if g.seldom(20) {
		return nil
	}
	v := mostly(g.drawer, pick(g.drawer, []string{"delete", "compact", "compact,delete"}), "bogus")
	return &v
}

func (g *generator) alteration() *metadata.ConfigSpec {
	return &metadata.ConfigSpec{
		Resource: mostly(g.drawer, g.resource(), resources...),
		Replace:  g.seldom(5),
		Ops: several(g.drawer, 3, func() metadata.ConfigOp {
			return metadata.ConfigOp{
				Kind:  mostly(g.drawer, metadata.ConfigOpKind(1+g.upTo(3)), 0, 9),
				Key:   g.configKey(),
				Value: g.configValue(),
			}
		}),
	}
}

// long is a text that is too long for any field with a limit of its own.
func long() string { return strings.Repeat("m", metadata.MaxOffsetMetadata+1) }
