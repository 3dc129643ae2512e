package hosttest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// Filled is what Fill has left open.
type Filled struct {
	Open    metadata.ProducerRef // of an ongoing transaction with a pending offset of group "pending"
	Decided metadata.ProducerRef // of one that is to be committed
}

// decidedOffset is what group "pending" has in the end.
const decidedOffset = 43

// Fill gives an empty store a record of every noun, among them what isn't
// finished: transactions under way, pending offsets, a group with members. All of
// it is about topic "filled".
func Fill(tb testing.TB, s metadata.Store) Filled {
	tb.Helper()
	ctx := tb.Context()
	registered, err := s.RegisterBroker(ctx, metadata.BrokerSpec{
		ID: 1, Incarnation: metadata.Incarnation{1}, Endpoints: []metadata.Endpoint{{Name: "P", Host: "h", Port: 9092}},
	})
	require.NoError(tb, err)
	_, err = s.SetBrokerState(ctx, metadata.BrokerStateSpec{ID: 1, Epoch: registered.Epoch, State: metadata.BrokerUnfenced})
	require.NoError(tb, err)
	topic, err := s.CreateTopic(ctx, metadata.TopicSpec{Name: "filled", Partitions: 2, ReplicationFactor: 1})
	require.NoError(tb, err)
	value := "us"
	_, err = s.AlterConfigs(ctx, metadata.ConfigSpec{
		Resource: metadata.Resource{Type: metadata.ResourceGroup, Name: "members"},
		Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.owner", Value: &value}},
	})
	require.NoError(tb, err)
	fillGroup(ctx, tb, s)
	fillLog(ctx, tb, s, topic.ID)
	filled := Filled{Open: begin(ctx, tb, s, "open", 41), Decided: begin(ctx, tb, s, "decided", decidedOffset)}
	_, err = s.PrepareTransaction(ctx, metadata.PrepareSpec{ProducerRef: filled.Decided, Commit: true})
	require.NoError(tb, err)
	return filled
}

// fillGroup makes a group with a member, which has committed an offset.
func fillGroup(ctx context.Context, tb testing.TB, s metadata.Store) {
	tb.Helper()
	group := metadata.GroupSpec{ID: "members", ExpectedGeneration: metadata.NoGeneration, Generation: 1, State: metadata.GroupPreparingRebalance}
	for _, state := range []metadata.GroupState{metadata.GroupPreparingRebalance, metadata.GroupCompletingRebalance, metadata.GroupStable} {
		group.State = state
		if state != metadata.GroupPreparingRebalance {
			group.ExpectedGeneration, group.Leader = 1, "m"
			group.ProtocolType, group.ProtocolName = "consumer", "range"
			group.Members = []metadata.GroupMember{{ID: "m", InstanceID: "i", Topics: []string{"filled"}, Metadata: []byte{1}, Assignment: []byte{2}}}
		}
		_, err := s.PutGroup(ctx, group)
		require.NoError(tb, err)
	}
	commit(ctx, tb, s, metadata.OffsetsSpec{
		Group: "members", Generation: 1, MemberID: "m", Offsets: []metadata.OffsetCommit{{Topic: "filled", Offset: 7, LeaderEpoch: -1}},
	})
}

func commit(ctx context.Context, tb testing.TB, s metadata.Store, spec metadata.OffsetsSpec) {
	tb.Helper()
	items, err := s.CommitOffsets(ctx, spec)
	require.NoError(tb, err)
	require.Empty(tb, items.Failed)
}

// fillLog says how far the partitions reach.
func fillLog(ctx context.Context, tb testing.TB, s metadata.Store, topic metadata.TopicID) {
	tb.Helper()
	items, err := s.PutSegments(ctx, metadata.SegmentsSpec{Segments: []metadata.SegmentSpec{{
		SegmentKey:  metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: topic, ID: "s"},
		SegmentInfo: metadata.SegmentInfo{EndOffset: 44, SizeBytes: 1, Path: "p"},
	}}})
	require.NoError(tb, err)
	require.Empty(tb, items.Failed)
	items, err = s.CheckpointWatermarks(ctx, metadata.WatermarksSpec{Watermarks: []metadata.Watermark{{Topic: topic, HighWatermark: 50}}})
	require.NoError(tb, err)
	require.Empty(tb, items.Failed)
	_, err = s.AdvanceLogStart(ctx, metadata.LogStartSpec{Topic: "filled", Offset: 3})
	require.NoError(tb, err)
}

// begin begins a transaction with a partition, and an offset of group "pending".
func begin(ctx context.Context, tb testing.TB, s metadata.Store, txn string, offset int64) metadata.ProducerRef {
	tb.Helper()
	p, err := s.InitProducer(ctx, metadata.InitProducerSpec{
		TransactionalID: txn, TimeoutMS: 60_000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	})
	require.NoError(tb, err)
	ref := metadata.ProducerRef{TransactionalID: txn, ProducerID: p.ProducerID, Epoch: p.Epoch}
	_, err = s.AddTransactionPartitions(ctx, metadata.TransactionPartitionsSpec{
		ProducerRef: ref, Partitions: []metadata.TopicPartition{{Topic: "filled", Partition: 1}},
	})
	require.NoError(tb, err)
	_, err = s.AddTransactionOffsets(ctx, metadata.TransactionGroupSpec{ProducerRef: ref, Group: "pending"})
	require.NoError(tb, err)
	items, err := s.CommitTransactionOffsets(ctx, metadata.TransactionOffsetsSpec{ProducerRef: ref, OffsetsSpec: metadata.OffsetsSpec{
		Group: "pending", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{{Topic: "filled", Offset: offset, LeaderEpoch: -1}},
	}})
	require.NoError(tb, err)
	require.Empty(tb, items.Failed)
	return ref
}

// RequireFilled says that s has everything that before had, unchanged; it may have
// more, and producer ids may have been given out.
func RequireFilled(tb testing.TB, before, s *metadata.State) {
	tb.Helper()
	has := make(map[metadata.Key]metadata.Record)
	for r := range s.AllRecords() {
		has[r.Key()] = r
	}
	nouns := make(map[metadata.Noun]bool)
	for r := range before.AllRecords() {
		if nouns[r.Key().Noun] = true; r.Key().Noun != metadata.NounCluster {
			require.Equal(tb, r, has[r.Key()])
		}
	}
	require.Len(tb, nouns, 10, "Fill left a noun out")
}

// Finish commits what Fill has left open. Of the two pending offsets the one that
// was committed later must count then, though its transaction ends first.
func (f Filled) Finish(tb testing.TB, s metadata.Store) {
	tb.Helper()
	ctx := tb.Context()
	query := metadata.OffsetsQuery{Group: "pending", Partitions: []metadata.TopicPartition{{Topic: "filled"}}, RequireStable: true}
	fetched, err := s.FetchOffsets(ctx, query)
	require.NoError(tb, err)
	require.Equal(tb, metadata.CodeUnstableOffsetCommit, fetched.Value[0].Code)
	_, err = s.CompleteTransaction(ctx, f.Decided)
	require.NoError(tb, err)
	_, err = s.PrepareTransaction(ctx, metadata.PrepareSpec{ProducerRef: f.Open, Commit: true})
	require.NoError(tb, err)
	_, err = s.CompleteTransaction(ctx, f.Open)
	require.NoError(tb, err)
	fetched, err = s.FetchOffsets(ctx, query)
	require.NoError(tb, err)
	require.EqualValues(tb, decidedOffset, fetched.Value[0].Offset)
}
