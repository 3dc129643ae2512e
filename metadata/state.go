package metadata

// State is everything at one revision. It never changes: any number of
// goroutines may read it and keep it for as long as they like. The zero State
// is not usable; Genesis or ReadState make the first one, a Draft the next.
type State struct {
	scalars

	topics       topicTable // each with its partitions
	brokers      table[int32, *Broker]
	configs      table[string, *ConfigRecord] // by configKey; topics keep their own
	groups       table[string, *groupEntry]   // each with its offsets
	transactions table[string, *Transaction]
	segments     table[string, *Segment] // by segmentKey
	requests     requests

	// Found through the records, hence neither in the digest nor in a snapshot.
	names  index[string] // of topics, by id
	folded index[string] // of topics, by foldName; only those that don't fold to themselves
	// readers are the groups that may have committed something for a topic, by
	// readerKey; all that have are among them.
	readers table[string, struct{}]
	holders table[string, struct{}] // transactions that hold partitions of a topic, likewise

	sum        digestSum
	partitions int
	offsets    int
	generation uint64 // counts drafts, so that one knows what it made itself
}

// scalars is what the digest covers beside the records.
type scalars struct {
	revision     uint64
	lastMS       int64
	featureLevel uint32
	producerIDs  uint64 // the next one to hand out; at most MaxInt64
}

// genesisLevel is the feature level that a new cluster starts with, and what
// the commands of the first release need.
const genesisLevel = 1

// supportedLevel is the highest feature level this build knows.
const supportedLevel = 1

// Genesis is the state before the first event, the same for every cluster.
func Genesis() *State {
	return &State{
		scalars:      scalars{featureLevel: genesisLevel},
		topics:       newTopicTable(),
		brokers:      newTable[int32, *Broker](),
		configs:      newTable[string, *ConfigRecord](),
		groups:       newTable[string, *groupEntry](),
		transactions: newTable[string, *Transaction](),
		segments:     newTable[string, *Segment](),
		readers:      newTable[string, struct{}](),
		holders:      newTable[string, struct{}](),
		requests:     newRequests(),
	}
}

// Revision counts the events applied, refused ones included (G3).
func (s *State) Revision() uint64 { return s.revision }

// LastMS is the time of the last event, in Unix milliseconds as G4 gives it.
func (s *State) LastMS() int64 { return s.lastMS }

// FeatureLevel says which commands are understood by all nodes.
func (s *State) FeatureLevel() uint32 { return s.featureLevel }

// DedupFloor is the highest revision whose answer was forgotten: a request that
// was first made below it gets no answer but "unknown" (G7).
func (s *State) DedupFloor() uint64 { return s.requests.floor }

// Counts says how much a state holds.
type Counts struct {
	Topics       int
	Partitions   int
	Brokers      int
	Configs      int // resources with settings of their own, topics not among them
	Groups       int
	Offsets      int // committed, those in open transactions not among them
	Transactions int // transactional ids
	Segments     int
	Requests     int // answers kept for repeated requests
}

// Counts takes no time that depends on the state's size.
func (s *State) Counts() Counts {
	return Counts{
		Topics:       s.topics.len(),
		Partitions:   s.partitions,
		Brokers:      s.brokers.len(),
		Configs:      s.configs.len(),
		Groups:       s.groups.len(),
		Offsets:      s.offsets,
		Transactions: s.transactions.len(),
		Segments:     s.segments.len(),
		Requests:     s.requests.count,
	}
}

// topicByID returns nil if there is none.
func (s *State) topicByID(id TopicID) (found *topicEntry) {
	s.names.get(hashID(id), func(name string) bool {
		e := s.topics.get(name)
		if e.topic.ID != id {
			return false
		}
		found = e
		return true
	})
	return found
}

func (s *State) hasID(id TopicID) func(name string) bool {
	return func(name string) bool { return s.topics.get(name).topic.ID == id }
}

// topicFolding returns the name of the topic that folds to folded.
func (s *State) topicFolding(folded string) (name string, ok bool) {
	return s.folded.get(hashText(folded), foldsTo(folded))
}

func foldsTo(folded string) func(name string) bool {
	return func(name string) bool {
		f, _ := foldName(name)
		return f == folded
	}
}

// indexTopic makes a topic known by id and folded name.
func (s *State) indexTopic(t *Topic) {
	s.names.put(s.generation, hashID(t.ID), t.Name, s.hasID(t.ID))
	if folded, ok := foldName(t.Name); ok {
		s.folded.put(s.generation, hashText(folded), t.Name, foldsTo(folded))
	}
}

func (s *State) unindexTopic(t *Topic) {
	s.names.remove(s.generation, hashID(t.ID), s.hasID(t.ID))
	if folded, ok := foldName(t.Name); ok {
		s.folded.remove(s.generation, hashText(folded), foldsTo(folded))
	}
}

// config returns nil if the resource has no settings of its own.
func (s *State) config(r Resource) *ConfigRecord { return s.configs.get(configKey(r)) }

// ConfigRecord is what a broker, the cluster or a group has set; a topic keeps
// its own. A published record never changes.
type ConfigRecord struct {
	Resource         Resource
	Configs          Configs
	CreatedRevision  uint64
	ModifiedRevision uint64
}

// configKey sorts resources by type, then name.
func configKey(r Resource) string { return string([]byte{byte(r.Type)}) + r.Name }
