package metadata

// TransactionState is how far a producer's transaction has come.
type TransactionState uint8

// Ongoing, and both of prepare, hold partitions and groups.
const (
	TransactionEmpty TransactionState = iota + 1
	TransactionOngoing
	TransactionPrepareCommit
	TransactionPrepareAbort
	TransactionCompleteCommit
	TransactionCompleteAbort
)

func (s TransactionState) String() string {
	switch s {
	case TransactionEmpty:
		return "empty"
	case TransactionOngoing:
		return "ongoing"
	case TransactionPrepareCommit:
		return "prepare_commit"
	case TransactionPrepareAbort:
		return "prepare_abort"
	case TransactionCompleteCommit:
		return "complete_commit"
	case TransactionCompleteAbort:
		return "complete_abort"
	default:
		return "unknown"
	}
}

const (
	// NoProducer is no producer id.
	NoProducer int64 = -1
	// NoEpoch is no producer epoch.
	NoEpoch int16 = -1
	// MaxTransactionTimeoutMS is the longest that a transaction may be asked to
	// stay open (Kafka's transaction.max.timeout.ms).
	MaxTransactionTimeoutMS = 900_000
)

// Transaction is the latest transaction of a transactional id. A published
// record never changes.
type Transaction struct {
	ID               string
	ProducerID       int64
	Epoch            int16
	LastEpoch        int16 // the one before Epoch, for a producer that repeats itself; NoEpoch: none
	PreviousProducer int64 // whose epochs were used up; NoProducer: none
	State            TransactionState
	TimeoutMS        int32
	StartMS          int64 // when it became ongoing; 0: it isn't open
	UpdatedMS        int64
	Partitions       []PartitionKey // sorted
	Groups           []string       // sorted
	CreatedRevision  uint64
	ModifiedRevision uint64
}

// ProducerRef says which producer speaks for a transactional id.
type ProducerRef struct {
	TransactionalID string
	ProducerID      int64
	Epoch           int16
}

// InitProducerSpec begins a producer's life (X1).
type InitProducerSpec struct {
	TransactionalID string
	TimeoutMS       int32
	// What the producer had before, if it goes on; else NoProducer and NoEpoch.
	ExpectedProducerID int64
	ExpectedEpoch      int16
}

// InitializedProducer is what InitProducer answers. With CONCURRENT_TRANSACTIONS
// after an open transaction it is filled in as well: that one is being aborted,
// under the epoch given here, and Marks are where markers are to be written
// before it is completed. The producer asks again afterwards.
type InitializedProducer struct {
	Written
	ProducerID int64
	Epoch      int16
	Marks
}

// Marks are the partitions and groups of a transaction that ends.
type Marks struct {
	Partitions []PartitionKey
	Groups     []string
}

// TransactionPartitionsSpec adds partitions to a transaction (X2).
type TransactionPartitionsSpec struct {
	ProducerRef
	Partitions []TopicPartition
}

// TransactionGroupSpec adds a group's offsets to a transaction (X3).
type TransactionGroupSpec struct {
	ProducerRef
	Group string
}

// TransactionOffsetsSpec commits offsets within a transaction (X4).
type TransactionOffsetsSpec struct {
	ProducerRef
	OffsetsSpec
}

// PrepareSpec decides how a transaction ends (X5).
type PrepareSpec struct {
	ProducerRef
	Commit bool // false: abort
}

// PreparedTransaction says where the end of a transaction must be marked.
type PreparedTransaction struct {
	Written
	Marks
}
