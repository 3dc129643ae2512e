package metadata

import (
	"math"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// What one event may create, and what the cluster's defaults are (T1).
const (
	maxNewPartitions         = 10_000
	maxReplicationFactor     = math.MaxInt16
	defaultPartitions        = 1
	defaultReplicationFactor = 3
)

// NewCreateTopic is T1 as an event. The caller has chosen spec.ID.
func NewCreateTopic(spec TopicSpec) *eventpb.Event {
	m := &eventpb.CreateTopic{
		Name:              spec.Name,
		Partitions:        spec.Partitions,
		ReplicationFactor: spec.ReplicationFactor,
		Assignments:       assignmentsToEvent(spec.Assignments),
		Stamp:             &eventpb.CreateTopic_Stamp{TopicId: slices.Clone(spec.ID[:])},
	}
	for _, c := range spec.Configs {
		m.Configs = append(m.Configs, &eventpb.ConfigEntry{Key: c.Key, Value: cloneOptional(c.Value)})
	}
	return &eventpb.Event{Command: &eventpb.Event_CreateTopic{CreateTopic: m}}
}

type createTopic struct{ m *eventpb.CreateTopic }

func (c createTopic) encode(e *encoder) {
	e.str(c.m.GetName())
	e.int(int64(c.m.GetPartitions()))
	e.int(int64(c.m.GetReplicationFactor()))
	encodeAssignments(e, c.m.GetAssignments())
	e.list(len(c.m.GetConfigs()))
	for _, entry := range c.m.GetConfigs() {
		e.str(entry.GetKey())
		e.optionalStr(entry.Value)
	}
}

func (c createTopic) check(s *State) *refusal {
	if r := checkTopicName(c.m.GetName()); r != nil {
		return r
	}
	if r := checkNameIsFree(s, c.m.GetName()); r != nil {
		return r
	}
	if r := c.checkConfigs(); r != nil {
		return r
	}
	if r := c.checkShape(s); r != nil {
		return r
	}
	return c.checkID(s)
}

func (c createTopic) checkConfigs() *refusal {
	for _, entry := range c.m.GetConfigs() {
		if entry.Value == nil {
			return refuse(CodeInvalidConfig, "config %s has no value: give one or leave the key out", quote(entry.GetKey()))
		}
	}
	cs := c.configs()
	for i := 1; i < len(cs); i++ {
		if cs[i-1].Key == cs[i].Key {
			return refuse(CodeInvalidConfig, "config %s is given twice: give it once", quote(cs[i].Key))
		}
	}
	return checkConfigs(ResourceTopic, cs)
}

// checkShape is about how many partitions there are, how many replicas of each,
// and where.
func (c createTopic) checkShape(s *State) *refusal {
	partitions, rf := c.m.GetPartitions(), c.m.GetReplicationFactor()
	if assignments := c.m.GetAssignments(); len(assignments) > 0 {
		if partitions != Default || rf != Default {
			return refuse(CodeInvalidRequest, "assignments already say how many partitions and replicas there are: with them, leave both at -1 (metadata.Default)")
		}
		if r := checkAssignments(s, assignments, 0, 0); r != nil {
			return r
		}
		return checkNewPartitions(int64(len(assignments)))
	}
	if rf == 0 || rf < Default || rf > maxReplicationFactor {
		return refuse(CodeInvalidReplicationFactor, "replication factor can't be %d: give 1 to %d, or -1 (metadata.Default) for the cluster's default", rf, maxReplicationFactor)
	}
	if partitions == 0 || partitions < Default {
		return refuse(CodeInvalidPartitions, "partitions can't be %d: give 1 or more, or -1 (metadata.Default) for the cluster's default", partitions)
	}
	if r := checkPlaceable(s, rf); r != nil {
		return r
	}
	return checkNewPartitions(int64(partitions))
}

func (c createTopic) checkID(s *State) *refusal {
	id := c.id()
	if id.IsZero() {
		return refuse(CodeInvalidRequest, "the topic's id is all zeros: choose a random one")
	}
	if e := s.topicByID(id); e != nil {
		return refuse(CodeInvalidRequest, "topic id %s belongs to topic %s: choose another id", id, quote(e.topic.Name))
	}
	return nil
}

func (c createTopic) apply(d *Draft) (Response, *refusal) {
	t := &Topic{
		ID:                c.id(),
		Name:              c.m.GetName(),
		Partitions:        c.m.GetPartitions(),
		ReplicationFactor: c.m.GetReplicationFactor(),
		Configs:           c.configs(),
		CreatedMS:         d.now,
		UpdatedMS:         d.now,
		CreatedRevision:   d.revision,
		ModifiedRevision:  d.revision,
	}
	assignments := c.m.GetAssignments()
	if len(assignments) > 0 {
		t.Partitions = int32(len(assignments))
		t.ReplicationFactor = int32(len(assignments[0].GetReplicas()))
	}
	if t.Partitions == Default {
		t.Partitions = defaultPartitions
	}
	if t.ReplicationFactor == Default {
		// A topic of a cluster without brokers gets the smallest factor there is.
		t.ReplicationFactor = int32(max(1, min(defaultReplicationFactor, d.state.brokers.len())))
	}
	d.setTopic(t)
	addPartitions(d, t, 0, assignments)
	return Response{TopicID: t.ID, Partitions: t.Partitions}, nil
}

func (c createTopic) id() TopicID { return TopicID(idFromEvent(c.m.GetStamp().GetTopicId())) }

// configs are those that have a value, sorted.
func (c createTopic) configs() Configs {
	if len(c.m.GetConfigs()) == 0 {
		return nil
	}
	cs := make(Configs, 0, len(c.m.GetConfigs()))
	for _, entry := range c.m.GetConfigs() {
		cs = append(cs, Config{Key: entry.GetKey(), Value: entry.GetValue()})
	}
	slices.SortStableFunc(cs, func(a, b Config) int { return strings.Compare(a.Key, b.Key) })
	return cs
}
