package metadata

import (
	"context"
	"iter"
)

// Store is the metadata of a streaming system: everything a broker, a
// controller or a tool reads and writes. A host in this process and a client of
// a remote one are both a Store, and behave alike.
//
// Every method may be called by many goroutines at once and blocks no longer
// than its context allows. A write returns once it is applied here (G15), so a
// local read afterwards sees it. Its error is one of:
//
//   - *Error: every node agrees on the refusal, and nothing changed;
//   - one that matches sdk.ErrNotAppended: it was not and will not be applied. If it
//     matches ErrSealed too, the state has moved, and the text says where to;
//   - one that matches sdk.ErrOutcomeUnknown: it may have been, or be later.
//     Repeat it with the same request id and first revision.
type Store interface {
	TopicStore
	PartitionStore
	ConfigStore
	BrokerStore
	GroupStore
	OffsetStore
	TransactionStore
	WatermarkStore
	SegmentStore
	RequestStore
	ClusterStore
	WatchStore
}

// Written says where a write stands in history.
type Written struct {
	RequestID     RequestID // the caller's, or the one chosen for it
	FirstRevision uint64    // goes with RequestID when the write is repeated
	Revision      uint64
	Deduplicated  bool // an earlier attempt did it; the answer is that attempt's
}

// Read is a value and the state it comes from.
type Read[T any] struct {
	Value    T
	Revision uint64
	// Stale: the node has lost its backend or is stopped, and answers from
	// what it had applied before.
	Stale bool
}

// WriteOption changes how one write is made.
type WriteOption func(*WriteOptions)

// WriteOptions are the WriteOption values put together.
type WriteOptions struct {
	RequestID     RequestID // zero: the store chooses one
	FirstRevision *uint64   // nil: what the store sees now
	ValidateOnly  bool      // answer as if, and propose nothing
}

// WithRequestID makes a write safe to repeat: every attempt with the same id
// and the same content gets the first one's answer (G7). firstRevision is a
// revision the caller had seen before its first attempt; it must be the same in
// every attempt.
func WithRequestID(id RequestID, firstRevision uint64) WriteOption {
	return func(o *WriteOptions) { o.RequestID, o.FirstRevision = id, &firstRevision }
}

// ValidateOnly asks what would happen, and changes nothing.
func ValidateOnly() WriteOption {
	return func(o *WriteOptions) { o.ValidateOnly = true }
}

// NewWriteOptions puts opts together.
func NewWriteOptions(opts []WriteOption) WriteOptions {
	var o WriteOptions
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// ReadOption asks for more than the local state (G11).
type ReadOption func(*ReadOptions)

// ReadOptions are the ReadOption values put together.
type ReadOptions struct {
	MinRevision  uint64
	Linearizable bool
}

// MinRevision waits until revision r is applied here.
func MinRevision(r uint64) ReadOption {
	return func(o *ReadOptions) { o.MinRevision = max(o.MinRevision, r) }
}

// Linearizable makes a read see every write that was acknowledged anywhere
// before it began.
func Linearizable() ReadOption {
	return func(o *ReadOptions) { o.Linearizable = true }
}

// NewReadOptions puts opts together.
func NewReadOptions(opts []ReadOption) ReadOptions {
	var o ReadOptions
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// TopicStore is the catalogue of topics.
type TopicStore interface {
	// CreateTopic is T1. ErrAlreadyExists if the name is taken, ErrInvalid if
	// the spec can't be met.
	CreateTopic(ctx context.Context, spec TopicSpec, opts ...WriteOption) (CreatedTopic, error)
	// DeleteTopic is T2: the topic and everything that belongs to it. Not
	// idempotent, but by request id.
	DeleteTopic(ctx context.Context, ref TopicRef, opts ...WriteOption) (Written, error)
	// Topic and TopicByID are T8. ErrNotFound.
	Topic(ctx context.Context, name string, opts ...ReadOption) (Read[*Topic], error)
	TopicByID(ctx context.Context, id TopicID, opts ...ReadOption) (Read[*Topic], error)
	// Topics lists all, by name.
	Topics(ctx context.Context, opts ...ReadOption) (Read[[]*Topic], error)
}

// PartitionStore is who holds and leads what.
type PartitionStore interface {
	// CreatePartitions is T4: a topic's count only grows.
	CreatePartitions(ctx context.Context, spec PartitionsSpec, opts ...WriteOption) (Written, error)
	// AssignPartition is T9.
	AssignPartition(ctx context.Context, spec AssignmentSpec, opts ...WriteOption) (Written, error)
	Partition(ctx context.Context, topic string, partition int32, opts ...ReadOption) (Read[*Partition], error)
	// Partitions lists a topic's, from 0.
	Partitions(ctx context.Context, topic string, opts ...ReadOption) (Read[[]*Partition], error)
	// Leader is the leading broker's id, NoLeader if there is none.
	Leader(ctx context.Context, topic string, partition int32, opts ...ReadOption) (Read[int32], error)
	Replicas(ctx context.Context, topic string, partition int32, opts ...ReadOption) (Read[[]int32], error)
}

// ConfigStore is the configuration of topics, brokers, groups and the cluster.
type ConfigStore interface {
	// AlterConfigs is T3. One resource changes as a whole or not at all.
	AlterConfigs(ctx context.Context, spec ConfigSpec, opts ...WriteOption) (Written, error)
	// Configs holds what was set, by key; a resource without any has none. A
	// topic or broker that doesn't exist: ErrNotFound. An unregistered broker's
	// are kept for it and can be read, but not changed.
	Configs(ctx context.Context, resource Resource, opts ...ReadOption) (Read[Configs], error)
}

// BrokerStore is the membership of the streaming cluster itself.
type BrokerStore interface {
	// RegisterBroker is B1; a new incarnation starts fenced.
	RegisterBroker(ctx context.Context, spec BrokerSpec, opts ...WriteOption) (RegisteredBroker, error)
	// SetBrokerState is B2; ErrFenced if the epoch isn't the broker's own.
	SetBrokerState(ctx context.Context, spec BrokerStateSpec, opts ...WriteOption) (Written, error)
	// UnregisterBroker is B3.
	UnregisterBroker(ctx context.Context, spec UnregisterSpec, opts ...WriteOption) (Written, error)
	Broker(ctx context.Context, id int32, opts ...ReadOption) (Read[*Broker], error)
	// Brokers lists all, by id.
	Brokers(ctx context.Context, opts ...ReadOption) (Read[[]*Broker], error)
}

// GroupStore is the consumer groups.
type GroupStore interface {
	// PutGroup is O1: the group is replaced if it is as expected. ErrConflict if
	// it isn't.
	PutGroup(ctx context.Context, spec GroupSpec, opts ...WriteOption) (Written, error)
	// DeleteGroup is O5: the group and its offsets. ErrConflict if it isn't empty.
	DeleteGroup(ctx context.Context, group string, opts ...WriteOption) (Written, error)
	// Group: ErrNotFound. One that is dead is shown as such.
	Group(ctx context.Context, group string, opts ...ReadOption) (Read[*Group], error)
	// Groups lists all, by id.
	Groups(ctx context.Context, opts ...ReadOption) (Read[[]*Group], error)
}

// OffsetStore is what groups have committed.
type OffsetStore interface {
	// CommitOffsets is O2. Each offset is taken or refused by itself; an offset
	// may go back.
	CommitOffsets(ctx context.Context, spec OffsetsSpec, opts ...WriteOption) (CommittedItems, error)
	// DeleteOffsets is O4. One that isn't there counts as deleted.
	DeleteOffsets(ctx context.Context, ref OffsetsRef, opts ...WriteOption) (CommittedItems, error)
	// FetchOffsets is O3: an answer for each partition that was asked for. An
	// unknown group has committed nothing, which isn't an error.
	FetchOffsets(ctx context.Context, query OffsetsQuery, opts ...ReadOption) (Read[[]FetchedOffset], error)
}

// TransactionStore is the producers and their transactions.
type TransactionStore interface {
	// AllocateProducerIDs is P1. ErrFenced if the epoch isn't the broker's own.
	AllocateProducerIDs(ctx context.Context, spec ProducerIDsSpec, opts ...WriteOption) (ProducerIDs, error)
	// InitProducer is X1: it fences whoever had the transactional id. See
	// InitializedProducer for the one refusal that changes something.
	InitProducer(ctx context.Context, spec InitProducerSpec, opts ...WriteOption) (InitializedProducer, error)
	// AddTransactionPartitions is X2: all of them or none.
	AddTransactionPartitions(ctx context.Context, spec TransactionPartitionsSpec, opts ...WriteOption) (CommittedItems, error)
	// AddTransactionOffsets is X3: offsets of a group will be committed.
	AddTransactionOffsets(ctx context.Context, spec TransactionGroupSpec, opts ...WriteOption) (Written, error)
	// CommitTransactionOffsets is X4: nobody sees them before the transaction is
	// completed.
	CommitTransactionOffsets(ctx context.Context, spec TransactionOffsetsSpec, opts ...WriteOption) (CommittedItems, error)
	// PrepareTransaction is X5: from here on the outcome is decided.
	PrepareTransaction(ctx context.Context, spec PrepareSpec, opts ...WriteOption) (PreparedTransaction, error)
	// CompleteTransaction is X6: all markers are written.
	CompleteTransaction(ctx context.Context, ref ProducerRef, opts ...WriteOption) (Written, error)
	// Transaction: ErrNotFound.
	Transaction(ctx context.Context, transactionalID string, opts ...ReadOption) (Read[*Transaction], error)
	// Transactions lists all, by transactional id.
	Transactions(ctx context.Context, opts ...ReadOption) (Read[[]*Transaction], error)
}

// WatermarkStore is how far partitions reach.
type WatermarkStore interface {
	// SetHighWatermark is W1: it is remembered by the node that is asked, and
	// nowhere else (G14). Within a leader epoch it only grows; an older epoch's
	// changes nothing. ErrNotFound.
	SetHighWatermark(ctx context.Context, mark Watermark) error
	// CheckpointWatermarks is W2: what every node and every later life of this
	// one will know at least. A node does it by itself now and then.
	CheckpointWatermarks(ctx context.Context, spec WatermarksSpec, opts ...WriteOption) (CommittedItems, error)
	// AdvanceLogStart is W3: records before it are deleted for good.
	AdvanceLogStart(ctx context.Context, spec LogStartSpec, opts ...WriteOption) (LogStart, error)
	// PartitionOffsets: ErrNotFound.
	PartitionOffsets(ctx context.Context, topic string, partition int32, opts ...ReadOption) (Read[PartitionOffsets], error)
}

// SegmentStore is the stored pieces of partitions.
type SegmentStore interface {
	// PutSegments is S1. Each segment is taken or refused by itself.
	PutSegments(ctx context.Context, spec SegmentsSpec, opts ...WriteOption) (CommittedItems, error)
	// DeleteSegments is S2.
	DeleteSegments(ctx context.Context, keys SegmentKeys, opts ...WriteOption) (DeletedSegments, error)
	// Segment: ErrNotFound.
	Segment(ctx context.Context, key SegmentKey, opts ...ReadOption) (Read[*Segment], error)
	// Segments is S3: by partition, start offset and id.
	Segments(ctx context.Context, query SegmentsQuery, opts ...ReadOption) (Read[[]*Segment], error)
	// SegmentPaths is S3: the paths in the order of Segments.
	SegmentPaths(ctx context.Context, query SegmentsQuery, opts ...ReadOption) (Read[[]string], error)
}

// RequestStore is about requests themselves.
type RequestStore interface {
	// Batch does several operations as one event: all of them, or none.
	Batch(ctx context.Context, spec BatchSpec, opts ...WriteOption) (BatchResult, error)
	// Outcome is what this node knows of an earlier request. firstRevision is
	// the one the request was made with.
	Outcome(ctx context.Context, id RequestID, firstRevision uint64, opts ...ReadOption) (Read[Outcome], error)
	// Settle gives a request its final answer: the one it has, or that it will
	// never be applied. ErrOutcomeUnknown if it is too old to tell.
	Settle(ctx context.Context, spec SettleSpec, opts ...WriteOption) (Settled, error)
}

// ClusterStore is what all nodes have in common beside records.
type ClusterStore interface {
	// FeatureLevel says which events all nodes understand.
	FeatureLevel(ctx context.Context, opts ...ReadOption) (Read[uint32], error)
	// SetFeatureLevel raises it. ErrUnsupported above what every member's build
	// knows.
	SetFeatureLevel(ctx context.Context, spec FeatureLevelSpec, opts ...WriteOption) (Written, error)
	// ResetClock takes the time back (G4), the one thing that does.
	ResetClock(ctx context.Context, spec ClockSpec, opts ...WriteOption) (Written, error)
}

// WatchStore tells changes as they happen.
type WatchStore interface {
	// Watch tells, in order and without a gap, what is changed: from now on, or
	// as the options say. The first message comes at once. It goes on until the
	// caller stops, ctx ends or the node can't tell any more; then the last pair
	// has an error. One goroutine ranges over it. A slow one delays nobody; if
	// it falls behind the history it is told so by the state (WatchState).
	Watch(ctx context.Context, opts ...WatchOption) iter.Seq2[WatchMessage, error]
}
