package metadata

import (
	"iter"
	"slices"
)

// What is found through the records and spares a deleted topic the walk over all
// groups and transactions: in neither digest nor snapshot.

// readerKey sorts by topic, then group or transactional id.
func readerKey(topic TopicID, name string) string { return string(topic[:]) + name }

func (s *State) addReader(topic TopicID, group string) {
	if k := readerKey(topic, group); !s.readers.has(k) {
		s.readers.set(k, struct{}{})
	}
}

func (s *State) noReader(topic TopicID, group string) {
	if k := readerKey(topic, group); s.readers.has(k) {
		s.readers.remove(k)
	}
}

// readersOf goes through the groups that may have committed something for a
// topic.
func (s *State) readersOf(topic TopicID) iter.Seq[string] { return ofTopic(&s.readers, topic) }

// holdersOf goes through the transactions that hold partitions of a topic.
func (s *State) holdersOf(topic TopicID) iter.Seq[string] { return ofTopic(&s.holders, topic) }

// ofTopic goes through the names that stand under a topic, by readerKey.
func ofTopic(t *table[string, struct{}], topic TopicID) iter.Seq[string] {
	return func(yield func(name string) bool) {
		t.tree.Ascend(string(topic[:]), func(k string, _ struct{}) bool {
			return k[:len(topic)] == string(topic[:]) && yield(k[len(topic):])
		})
	}
}

// noteHolder keeps track of a transaction whose partitions were those before and
// are those after, both sorted.
func (s *State) noteHolder(transactionalID string, before, after []PartitionKey) {
	for topic := range topicsIn(before) {
		if !hasTopic(after, topic) {
			s.holders.remove(readerKey(topic, transactionalID))
		}
	}
	for topic := range topicsIn(after) {
		if !hasTopic(before, topic) {
			s.holders.set(readerKey(topic, transactionalID), struct{}{})
		}
	}
}

// topicsIn goes through the topics of sorted partitions.
func topicsIn(partitions []PartitionKey) iter.Seq[TopicID] {
	return func(yield func(TopicID) bool) {
		for i, p := range partitions {
			if (i == 0 || partitions[i-1].Topic != p.Topic) && !yield(p.Topic) {
				return
			}
		}
	}
}

// hasTopic reports whether one of sorted partitions is of a topic.
func hasTopic(partitions []PartitionKey, topic TopicID) bool {
	i, _ := slices.BinarySearchFunc(partitions, PartitionKey{Topic: topic}, PartitionKey.compare)
	return i < len(partitions) && partitions[i].Topic == topic
}
