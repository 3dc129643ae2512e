package metadata

// Partition is one log of a topic: who holds it and who leads it. A published
// record never changes, nor do its slices.
type Partition struct {
	Topic              TopicID
	Index              int32
	Leader             int32 // NoLeader if none
	LeaderEpoch        int32
	PartitionEpoch     int32
	Replicas           []int32
	ISR                []int32
	Reassignment       *Reassignment // nil: none in progress
	HighWatermark      int64
	LogStartOffset     int64
	HighWatermarkEpoch int32 // the leader epoch the high watermark was reported under
	CreatedRevision    uint64
	ModifiedRevision   uint64
}

// Reassignment is a change of replicas that isn't complete.
type Reassignment struct {
	Adding   []int32
	Removing []int32
}

// PartitionsSpec grows a topic to Total partitions.
type PartitionsSpec struct {
	Topic       string
	Total       int32
	Assignments []Assignment // one for each new partition, by its index; empty: placed by striping
}

// AssignmentSpec puts one partition onto brokers.
type AssignmentSpec struct {
	Topic                  string
	Partition              int32
	Replicas               []int32
	Leader                 int32
	ExpectedPartitionEpoch *int32 // nil: whatever it is
}
