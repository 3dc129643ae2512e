package metadata

// MaxOffsetMetadata is how many bytes of text may go with an offset (Kafka's
// offset.metadata.max.bytes).
const MaxOffsetMetadata = 4096

// NoOffset is the offset of a partition for which a group has committed none.
const NoOffset int64 = -1

// Offset is what a group has committed for a partition. A published record
// never changes.
type Offset struct {
	Group             string
	Topic             TopicID
	Partition         int32
	Offset            int64
	LeaderEpoch       int32 // -1: unknown
	Metadata          string
	CommittedMS       int64  // when it was committed, be it in a transaction
	CommittedRevision uint64 // likewise; ModifiedRevision is when it became visible
	CreatedRevision   uint64
	ModifiedRevision  uint64
}

// PendingOffset is what a producer has committed for a group in a transaction
// that hasn't ended. A published record never changes.
type PendingOffset struct {
	ProducerID  int64
	Group       string
	Topic       TopicID
	Partition   int32
	Offset      int64
	LeaderEpoch int32
	Metadata    string
	CommittedMS int64
	Revision    uint64 // of its commit
}

// OffsetCommit is one offset to commit.
type OffsetCommit struct {
	Topic       string
	Partition   int32
	Offset      int64
	LeaderEpoch int32 // -1: unknown
	Metadata    string
}

// OffsetsSpec commits offsets for a group (O2). A commit that no member makes
// has NoGeneration and no MemberID.
type OffsetsSpec struct {
	Group      string
	Generation int32
	MemberID   string
	InstanceID string
	Offsets    []OffsetCommit
}

// OffsetsRef names offsets of a group.
type OffsetsRef struct {
	Group      string
	Partitions []TopicPartition
}

// TopicPartition names a partition as callers do.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// PartitionKey names a partition for as long as it exists.
type PartitionKey struct {
	Topic     TopicID
	Partition int32
}

// OffsetsQuery asks for committed offsets (O3).
type OffsetsQuery struct {
	Group         string
	Partitions    []TopicPartition // nil: all that the group has committed
	RequireStable bool             // refuse those that an open transaction may change
}

// FetchedOffset is one answer to an OffsetsQuery.
type FetchedOffset struct {
	Topic       string
	Partition   int32
	Offset      int64 // NoOffset: none is committed
	LeaderEpoch int32
	Metadata    string
	Code        Code // CodeUnstableOffsetCommit, or none
}

// CommittedItems is what a write of several items answers.
type CommittedItems struct {
	Written
	Failed []ItemError // by index; the other items succeeded
}

// ItemError is why one item of a request was refused.
type ItemError struct {
	Index int32 // of the item in the request, from 0
	Code  Code
}
