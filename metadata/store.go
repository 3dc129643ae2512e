package metadata

import "context"

// Store is the metadata of a streaming system: everything a broker, a
// controller or a tool reads and writes. A host in this process and a client of
// a remote one are both a Store, and behave alike.
//
// Every method may be called by many goroutines at once and blocks no longer
// than its context allows. A write returns once it is applied here (G15), so a
// local read afterwards sees it. Its error is one of:
//
//   - *Error: every node agrees on the refusal, and nothing changed;
//   - one that matches sdk.ErrNotAppended: it was not and will not be applied;
//   - one that matches sdk.ErrOutcomeUnknown: it may have been, or be later.
//     Repeat it with the same request id and first revision.
type Store interface {
	TopicStore
	PartitionStore
	ConfigStore
	BrokerStore
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
