package metadata

import "iter"

// What a View walks through in order, without making lists: any goroutine may,
// and may stop at any point. The records are shared.

// TopicsFrom goes through the topics by name, from the first that isn't before
// name.
func (s *State) TopicsFrom(name string) iter.Seq[*Topic] {
	return func(yield func(*Topic) bool) {
		s.topics.names.tree.Ascend(name, func(name string, _ struct{}) bool { return yield(s.topics.get(name).topic) })
	}
}

// GroupsFrom goes through the groups by id, from the first that isn't before id.
func (s *State) GroupsFrom(id string) iter.Seq[*Group] {
	return func(yield func(*Group) bool) {
		s.groups.tree.Ascend(id, func(_ string, e *groupEntry) bool { return yield(e.group) })
	}
}

// TransactionsFrom goes through the transactional ids, from the first that isn't
// before id.
func (s *State) TransactionsFrom(id string) iter.Seq[*Transaction] { return from(&s.transactions, id) }

// BrokersFrom goes through the brokers by id, from the first that isn't below
// id.
func (s *State) BrokersFrom(id int32) iter.Seq[*Broker] { return from(&s.brokers, id) }

// OffsetsOf goes through what a group has committed, by topic id and partition.
func (s *State) OffsetsOf(group string) iter.Seq[*Offset] {
	e := s.groups.get(group)
	if e == nil {
		return func(func(*Offset) bool) {}
	}
	return e.offsets.all()
}

// SegmentsOf goes through a topic's segments by partition, kind and id.
func (s *State) SegmentsOf(topic TopicID) iter.Seq[*Segment] { return s.segmentsOf(topic) }

func from[K ordered, V any](t *table[K, V], first K) iter.Seq[V] {
	return func(yield func(V) bool) {
		t.tree.Ascend(first, func(_ K, v V) bool { return yield(v) })
	}
}
