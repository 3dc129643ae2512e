package metadata

import (
	"cmp"
	"slices"
)

// Offset is what a group has committed for a partition; nil: nothing. Any
// goroutine may ask.
func (s *State) Offset(group, topic string, partition int32) *Offset {
	e, t := s.groups.get(group), s.topics.get(topic)
	if e == nil || t == nil {
		return nil
	}
	return e.offsets.get(placeKey(PartitionKey{t.topic.ID, partition}))
}

// FetchOffsets is O3. A group that isn't there has committed nothing. Any
// goroutine may ask; the list is the caller's.
func (s *State) FetchOffsets(q OffsetsQuery) []FetchedOffset {
	e := s.groups.get(q.Group)
	if q.Partitions == nil {
		return s.fetchAll(e, q.RequireStable)
	}
	out := make([]FetchedOffset, 0, len(q.Partitions))
	for _, p := range q.Partitions {
		out = append(out, s.fetch(e, p, q.RequireStable))
	}
	return out
}

func (s *State) fetch(e *groupEntry, p TopicPartition, stable bool) FetchedOffset {
	none := FetchedOffset{Topic: p.Topic, Partition: p.Partition, Offset: NoOffset, LeaderEpoch: -1}
	t := s.topics.get(p.Topic)
	if e == nil || t == nil {
		return none
	}
	at := PartitionKey{t.topic.ID, p.Partition}
	if stable && e.unstable(at) {
		none.Code = CodeUnstableOffsetCommit
		return none
	}
	if o := e.offsets.get(placeKey(at)); o != nil {
		return fetched(p.Topic, o)
	}
	return none
}

// fetchAll lists what a group has committed, by topic and partition.
func (s *State) fetchAll(e *groupEntry, stable bool) []FetchedOffset {
	if e == nil {
		return nil
	}
	out := make([]FetchedOffset, 0, e.offsets.len())
	for o := range e.offsets.all() {
		f := fetched(s.topicByID(o.Topic).topic.Name, o)
		if stable && e.unstable(o.place()) {
			f = FetchedOffset{Topic: f.Topic, Partition: f.Partition, Offset: NoOffset, LeaderEpoch: -1, Code: CodeUnstableOffsetCommit}
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b FetchedOffset) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return out
}

func fetched(topic string, o *Offset) FetchedOffset {
	return FetchedOffset{
		Topic: topic, Partition: o.Partition, Offset: o.Offset, LeaderEpoch: o.LeaderEpoch, Metadata: o.Metadata,
	}
}
