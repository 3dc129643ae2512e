package metadata

import "iter"

// What is found through the records and spares a deleted topic the walk over all
// groups and transactions: in neither digest nor snapshot.

// readerKey sorts by topic, then group.
func readerKey(topic TopicID, group string) string { return string(topic[:]) + group }

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
func (s *State) readersOf(topic TopicID) iter.Seq[string] {
	return func(yield func(group string) bool) {
		s.readers.tree.Ascend(string(topic[:]), func(k string, _ struct{}) bool {
			return k[:len(topic)] == string(topic[:]) && yield(k[len(topic):])
		})
	}
}

// noteOpen keeps track of which transactions hold partitions.
func (s *State) noteOpen(t *Transaction) {
	switch open := s.open.has(t.ID); {
	case len(t.Partitions) > 0 && !open:
		s.open.set(t.ID, struct{}{})
	case len(t.Partitions) == 0 && open:
		s.open.remove(t.ID)
	}
}
