package metadata

// MaxBatch is how many operations a batch may have.
const MaxBatch = 1000

// BatchOperation is one operation of a batch: exactly one field is set.
type BatchOperation struct {
	CreateTopic              *TopicSpec
	DeleteTopic              *TopicRef
	AlterConfigs             *ConfigSpec
	CreatePartitions         *PartitionsSpec
	AssignPartition          *AssignmentSpec
	RegisterBroker           *BrokerSpec
	SetBrokerState           *BrokerStateSpec
	UnregisterBroker         *UnregisterSpec
	PutGroup                 *GroupSpec
	CommitOffsets            *OffsetsSpec
	DeleteOffsets            *OffsetsRef
	DeleteGroup              *GroupRef
	AllocateProducerIDs      *ProducerIDsSpec
	InitProducer             *InitProducerSpec
	AddTransactionPartitions *TransactionPartitionsSpec
	AddTransactionOffsets    *TransactionGroupSpec
	CommitTransactionOffsets *TransactionOffsetsSpec
	PrepareTransaction       *PrepareSpec
	CompleteTransaction      *ProducerRef
	CheckpointWatermarks     *WatermarksSpec
	AdvanceLogStart          *LogStartSpec
	PutSegments              *SegmentsSpec
	DeleteSegments           *SegmentKeys
	// What a batch can't hold, so that it can be refused by the rule.
	Batch           *BatchSpec
	Settle          *SettleSpec
	SetFeatureLevel *FeatureLevelSpec
	ResetClock      *ClockSpec
}

// BatchSpec is operations that are done all or not at all, if what was expected
// of the state before them holds.
type BatchSpec struct {
	Preconditions []Precondition
	Operations    []BatchOperation
}

// Precondition is what one record must be like before a batch.
type Precondition struct {
	Record   Key
	Expected Expectation
	Revision uint64 // of ExpectRevision
}

// Expectation is what a precondition asks for.
type Expectation uint8

// A record that ExpectRevision is about exists and was last changed at exactly
// that revision.
const (
	ExpectExists Expectation = iota + 1
	ExpectAbsent
	ExpectRevision
)

// BatchResult is what a batch answers, an answer for each operation in order.
// Of a batch that was refused, FailedOperation is the one at fault, or -1 if it
// was a precondition or the batch itself.
type BatchResult struct {
	Written
	Answers         []Response
	FailedOperation int32
}

// SettleSpec asks what became of an earlier request, and makes "never" true.
type SettleSpec struct {
	RequestID     RequestID
	FirstRevision uint64
}

// Settled is the answer that a request has for good.
type Settled struct {
	Written
	Answer Result // of the settled request: CodeOperationNotAttempted if it can't be applied any more
}

// Fate is what a node knows of a request.
type Fate uint8

// From the id alone, a request that wasn't seen and one beyond the window look
// alike; its first revision tells them apart.
const (
	FateNotSeen Fate = iota + 1
	FateAnswered
	FateBeyondWindow
)

func (f Fate) String() string {
	switch f {
	case FateNotSeen:
		return "not_seen"
	case FateAnswered:
		return "answered"
	case FateBeyondWindow:
		return "beyond_window"
	default:
		return "unknown"
	}
}

// Outcome is what became of a request as far as a node has applied.
type Outcome struct {
	Fate   Fate
	Answer Result // of FateAnswered
}

// FeatureLevelSpec raises the cluster's feature level.
type FeatureLevelSpec struct {
	Level uint32
}

// ClockSpec takes back the time that a wrong clock had moved ahead.
type ClockSpec struct {
	ToMS int64 // Unix milliseconds, below the state's latest time
}

// GroupRef names a group.
type GroupRef struct {
	ID string
}

// WatermarksSpec checkpoints high watermarks (W2).
type WatermarksSpec struct {
	Watermarks []Watermark
}

// SegmentKeys names segments.
type SegmentKeys struct {
	Segments []SegmentKey
}
