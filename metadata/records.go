package metadata

import (
	"bytes"
	"iter"
	"slices"
)

// AllRecords goes through everything there is, by key. Any goroutine may; the
// records are shared.
func (s *State) AllRecords() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		cluster := s.cluster()
		_ = walk(s.TopicsFrom(""), yield) &&
			s.walkPartitions(yield) &&
			walk(s.brokers.all(), yield) &&
			walk(s.configs.all(), yield) &&
			walk(s.GroupsFrom(""), yield) &&
			s.walkGroups(func(e *groupEntry) bool { return walk(e.offsets.all(), yield) }) &&
			s.walkGroups(func(e *groupEntry) bool { return walk(e.pending.all(), yield) }) &&
			walk(s.transactions.all(), yield) &&
			walk(s.segments.all(), yield) &&
			yield(&cluster)
	}
}

// walk reports whether it came to the end.
func walk[R Record](seq iter.Seq[R], yield func(Record) bool) bool {
	for r := range seq {
		if !yield(r) {
			return false
		}
	}
	return true
}

// walkPartitions goes by topic id, as keys do.
func (s *State) walkPartitions(yield func(Record) bool) bool {
	entries := slices.Collect(s.topics.all())
	slices.SortFunc(entries, func(a, b *topicEntry) int { return bytes.Compare(a.topic.ID[:], b.topic.ID[:]) })
	for _, e := range entries {
		if !walk(e.partitions(), yield) {
			return false
		}
	}
	return true
}

func (s *State) walkGroups(each func(*groupEntry) bool) bool {
	for e := range s.groups.all() {
		if !each(e) {
			return false
		}
	}
	return true
}
