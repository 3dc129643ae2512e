package metadata

// Default asks for the cluster's default where a count is expected.
const Default = -1

// NoLeader is the leader of a partition that has none.
const NoLeader int32 = -1

// Topic is a named set of partitions. A published record never changes.
type Topic struct {
	ID                TopicID
	Name              string
	Partitions        int32
	ReplicationFactor int32
	Configs           Configs
	CreatedMS         int64 // Unix milliseconds, as G4 gives time
	UpdatedMS         int64
	CreatedRevision   uint64
	ModifiedRevision  uint64
}

// TopicSpec asks for a topic.
type TopicSpec struct {
	Name              string
	ID                TopicID       // zero: the store chooses one
	Partitions        int32         // Default: the cluster's; with Assignments it must be Default
	ReplicationFactor int32         // Default: the cluster's; with Assignments it must be Default
	Assignments       []Assignment  // empty: placed by striping
	Configs           []ConfigValue // empty: none set
}

// Assignment places one partition.
type Assignment struct {
	Partition int32
	Replicas  []int32 // the first is preferred to lead
}

// CreatedTopic is what creating one answers.
type CreatedTopic struct {
	Written
	ID         TopicID
	Partitions int32
}

// TopicRef names a topic by name or by id, not both.
type TopicRef struct {
	Name string
	ID   TopicID
}
