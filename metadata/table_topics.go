package metadata

import "iter"

// topicTable is the topics by name: sorted names, and a quick way from each to
// its entry.
type topicTable struct {
	names   table[string, struct{}]
	entries index[*topicEntry]
}

func newTopicTable() topicTable { return topicTable{names: newTable[string, struct{}]()} }

func (t topicTable) shared() topicTable {
	t.names = t.names.shared()
	return t
}

func (t *topicTable) len() int { return t.names.len() }

// get returns nil if there is none.
func (t *topicTable) get(name string) *topicEntry {
	e, _ := t.entries.get(hashText(name), func(e *topicEntry) bool { return e.topic.Name == name })
	return e
}

// all goes through the topics by name.
func (t *topicTable) all() iter.Seq[*topicEntry] {
	return func(yield func(*topicEntry) bool) {
		t.names.tree.Scan(func(name string, _ struct{}) bool { return yield(t.get(name)) })
	}
}

// add puts an entry in whose name isn't there. Names that come in order cost
// less.
func (t *topicTable) add(e *topicEntry) {
	t.names.load(e.topic.Name, struct{}{})
	t.replace(e)
}

// replace puts an entry into the place of the one of its name.
func (t *topicTable) replace(e *topicEntry) {
	name := e.topic.Name
	t.entries.put(e.generation, hashText(name), e, func(e *topicEntry) bool { return e.topic.Name == name })
}

func (t *topicTable) remove(generation uint64, name string) {
	t.names.remove(name)
	t.entries.remove(generation, hashText(name), func(e *topicEntry) bool { return e.topic.Name == name })
}
