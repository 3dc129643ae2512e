package metadata_test

import (
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// extent is how much a state holds of everything. Every second group has a
// member, a tenth of the groups has more than half of the offsets, and of every
// tenth transactional id a transaction is open.
type extent struct {
	brokers      int32
	topics       int
	partitions   int32 // of each topic
	groups       int
	offsets      int // of all groups
	transactions int
	segments     int
	answers      bool // as many stored answers as are kept; else those of its own events
}

// profileM is a large cluster, as the performance goals have it.
var profileM = extent{
	brokers: 40, topics: 1_000, partitions: 70, groups: 1_000, offsets: 200_000, transactions: 1_000, segments: 100_000, answers: true,
}

func (x extent) populate(tb testing.TB) *metadata.State {
	tb.Helper()
	s := x.begin(tb)
	for _, k := range x.kinds() {
		s = applied(tb, s, k.events)
	}
	return s
}

// begin has the brokers, and the answers if they are wanted.
func (x extent) begin(tb testing.TB) *metadata.State {
	tb.Helper()
	s := applied(tb, metadata.Genesis(), x.brokerEvents)
	if x.answers {
		s = fillRequests(tb, s)
	}
	return s
}

// crowdKind is events that make records of mostly one kind.
type crowdKind struct {
	name    string // of one record
	records int
	events  iter.Seq[*eventpb.Event]
}

// kinds is how a crowd goes on from its beginning, in this order.
func (x extent) kinds() []crowdKind {
	return []crowdKind{
		{"partition", x.topics * int(x.partitions), x.topicEvents},
		{"group", x.groups / 2, x.groupEvents}, // those with a member
		{"offset", x.offsets, x.offsetEvents},
		{"transaction", x.transactions, x.transactionEvents},
		{"segment", x.segments, x.segmentEvents},
	}
}

// applied is what comes of s in one draft.
func applied(tb testing.TB, s *metadata.State, events iter.Seq[*eventpb.Event]) *metadata.State {
	tb.Helper()
	l := newLine(s)
	d := s.Draft()
	for ev := range events {
		res, err := d.Apply(l.stamp(ev))
		require.NoError(tb, err)
		require.NoError(tb, res.Err())
		require.Empty(tb, res.Response.Failed)
	}
	return d.State()
}

// brokerEvents must be the first of all: an epoch is a revision.
func (x extent) brokerEvents(yield func(*eventpb.Event) bool) {
	for id := int32(1); id <= x.brokers; id++ {
		unfence := metadata.BrokerStateSpec{ID: id, Epoch: int64(2*id - 1), State: metadata.BrokerUnfenced}
		if !yield(metadata.NewRegisterBroker(brokerSpec(id))) || !yield(metadata.NewSetBrokerState(unfence)) {
			return
		}
	}
}

func (x extent) topicEvents(yield func(*eventpb.Event) bool) {
	for i := range x.topics {
		if !yield(metadata.NewCreateTopic(metadata.TopicSpec{
			Name: topicName(i), ID: topicID(i), Partitions: x.partitions, ReplicationFactor: 3,
		})) {
			return
		}
	}
}

func groupName(i int) string { return fmt.Sprintf("billing.eu-west-%06d", i) }

func hasMember(group int) bool { return group%2 == 1 }

const memberID = "consumer-1-5f4b7c9e-0a1d-4f0e-9a51-9f1f8d0f8a11"

func (x extent) groupEvents(yield func(*eventpb.Event) bool) {
	for i := range x.groups {
		if !hasMember(i) {
			continue // its first offset makes it
		}
		spec := metadata.GroupSpec{
			ID: groupName(i), ExpectedGeneration: metadata.NoGeneration, Generation: 1,
			ProtocolType: "consumer", ProtocolName: "range", Leader: memberID,
			Members: []metadata.GroupMember{{
				ID: memberID, ClientID: "consumer-1", ClientHost: "10.0.0.1",
				Topics: []string{topicName(x.firstOf(i))}, Metadata: make([]byte, 64), Assignment: make([]byte, 256),
			}},
		}
		for _, state := range []metadata.GroupState{
			metadata.GroupPreparingRebalance, metadata.GroupCompletingRebalance, metadata.GroupStable,
		} {
			spec.State = state
			if !yield(metadata.NewPutGroup(spec)) {
				return
			}
			spec.ExpectedGeneration = 1
		}
	}
}

// firstOf is the topic that a group's offsets begin in.
func (x extent) firstOf(group int) int { return group * 7919 % x.topics }

// isLarge: a tenth of the groups.
func (x extent) isLarge(group int) bool { return group < x.groups/10 }

// offsetsOf is how many offsets a group has.
func (x extent) offsetsOf(group int) int {
	average := x.offsets / x.groups
	if x.isLarge(group) {
		return average * 11 / 2
	}
	return average / 2
}

// commitAtOnce is how many offsets a commit has while a crowd is made.
const commitAtOnce = 200

func (x extent) offsetEvents(yield func(*eventpb.Event) bool) {
	for g := range x.groups {
		for from := 0; from < x.offsetsOf(g); from += commitAtOnce {
			if !yield(x.commit(g, from, min(commitAtOnce, x.offsetsOf(g)-from), 1)) {
				return
			}
		}
	}
}

// commit is a commit of n of a group's offsets, from one on, as its member or as
// nobody.
func (x extent) commit(group, from, n int, offset int64) *eventpb.Event {
	spec := metadata.OffsetsSpec{Group: groupName(group), Generation: metadata.NoGeneration}
	if hasMember(group) {
		spec.Generation, spec.MemberID = 1, memberID
	}
	spec.Offsets = x.offsetsFrom(group, from, n, offset)
	return metadata.NewCommitOffsets(spec)
}

func (x extent) offsetsFrom(group, from, n int, offset int64) (out []metadata.OffsetCommit) {
	for i := from; i < from+n; i++ {
		topic, partition := x.place(x.firstOf(group), i)
		out = append(out, metadata.OffsetCommit{
			Topic: topicName(topic), Partition: partition, Offset: 1_000_000_000 + offset, LeaderEpoch: 3,
		})
	}
	return out
}

// place is the i-th partition from a topic on.
func (x extent) place(topic, i int) (nextTopic int, partition int32) {
	return (topic + i/int(x.partitions)) % x.topics, int32(i % int(x.partitions))
}

func transactionName(i int) string { return fmt.Sprintf("payments.eu-west-%06d", i) }

// producer is who has the i-th transactional id: ids are given in order.
func producer(i int) metadata.ProducerRef {
	return metadata.ProducerRef{TransactionalID: transactionName(i), ProducerID: int64(i)}
}

func isOpen(transaction int) bool { return transaction%10 == 0 }

// idle is the n-th transactional id without an open transaction, round and round.
func (x extent) idle(n int) int {
	n %= x.transactions / 10 * 9
	return n/9*10 + 1 + n%9
}

func (x extent) transactionEvents(yield func(*eventpb.Event) bool) {
	for i := range x.transactions {
		if !yield(metadata.NewInitProducer(metadata.InitProducerSpec{
			TransactionalID: transactionName(i), TimeoutMS: 60_000,
			ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
		})) {
			return
		}
		for _, ev := range x.transaction(i)[:transactionOpen] {
			if isOpen(i) && !yield(ev) {
				return
			}
		}
	}
}

// The first three of a transaction's events open it and commit in it.
const transactionOpen, transactionEvents = 3, 5

// transaction is all that a producer does once it is initialized: 20 partitions,
// 20 offsets of a group, the end.
func (x extent) transaction(i int) []*eventpb.Event {
	ref, group := producer(i), i%x.groups
	offsets := x.offsetsFrom(group, 0, 20, int64(i))
	partitions := make([]metadata.TopicPartition, len(offsets))
	for j, o := range offsets {
		partitions[j] = metadata.TopicPartition{Topic: o.Topic, Partition: o.Partition}
	}
	return []*eventpb.Event{
		metadata.NewAddTransactionPartitions(metadata.TransactionPartitionsSpec{ProducerRef: ref, Partitions: partitions}),
		metadata.NewAddTransactionOffsets(metadata.TransactionGroupSpec{ProducerRef: ref, Group: groupName(group)}),
		metadata.NewCommitTransactionOffsets(metadata.TransactionOffsetsSpec{ProducerRef: ref, OffsetsSpec: metadata.OffsetsSpec{
			Group: groupName(group), Generation: metadata.NoGeneration, Offsets: offsets,
		}}),
		metadata.NewPrepareTransaction(metadata.PrepareSpec{ProducerRef: ref, Commit: true}),
		metadata.NewCompleteTransaction(ref),
	}
}

// segmentsAtOnce is how many segments an event has while a crowd is made.
const segmentsAtOnce = 500

func (x extent) segmentEvents(yield func(*eventpb.Event) bool) {
	for from := 0; from < x.segments; from += segmentsAtOnce {
		if !yield(x.putSegments(from, min(segmentsAtOnce, x.segments-from))) {
			return
		}
	}
}

// putSegments stores n segments, the next ones of partitions in turn.
func (x extent) putSegments(from, n int) *eventpb.Event {
	var spec metadata.SegmentsSpec
	for i := from; i < from+n; i++ {
		topic, partition := x.place(0, i)
		start := int64(i) * 1_000
		id := fmt.Sprintf("%020d", start)
		spec.Segments = append(spec.Segments, metadata.SegmentSpec{
			SegmentKey: metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: topicID(topic), Partition: partition, ID: id},
			SegmentInfo: metadata.SegmentInfo{
				StartOffset: start, EndOffset: start + 999, SizeBytes: 64 << 20, Records: 1_000,
				MinTimestampMS: 1_700_000_000_000, MaxTimestampMS: 1_700_000_060_000,
				Path: fmt.Sprintf("s3://logs/%s/%d/%s.log", topicName(topic), partition, id),
			},
		})
	}
	return metadata.NewPutSegments(spec)
}

// A crowd that isn't what it says would make the benchmarks measure something
// else.
func TestACrowdHasWhatItSays(t *testing.T) {
	x := extent{brokers: 4, topics: 10, partitions: 25, groups: 10, offsets: 400, transactions: 40, segments: 300}
	s := x.populate(t)
	got := s.Counts()
	got.Requests = 0
	require.Equal(t, metadata.Counts{
		Topics: 10, Partitions: 250, Brokers: 4, Groups: 10, Offsets: 400, Transactions: 40, Segments: 300,
	}, got)
	require.Equal(t, s.Digest(), restore(t, snapshot(t, s)).Digest())
}
