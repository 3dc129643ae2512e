package host_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// marked is one node with a topic of two partitions.
func marked(t *testing.T, opts ...host.Option) (*hosttest.Nodes, *host.Store, metadata.TopicID) {
	t.Helper()
	nodes := hosttest.Cluster(t, 1, opts...)
	s := nodes.Store(0)
	created, err := s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "orders", Partitions: 2, ReplicationFactor: 1})
	require.NoError(t, err)
	return nodes, s, created.ID
}

func highWatermark(t *testing.T, s metadata.Store) metadata.PartitionOffsets {
	t.Helper()
	got, err := s.PartitionOffsets(t.Context(), "orders", 0)
	require.NoError(t, err)
	return got.Value
}

func TestHighWatermarksGrowWithinAnEpoch(t *testing.T) {
	_, s, id := marked(t, host.WithCheckpoints(0))
	require.Equal(t, metadata.PartitionOffsets{}, highWatermark(t, s), "nothing is known")
	for _, step := range []struct {
		epoch     int32
		set, want int64
	}{
		{1, 10, 10},
		{1, 7, 10}, // it doesn't go back
		{1, 12, 12},
		{0, 99, 12}, // an older leader's
		{2, 5, 5},   // a later leader begins anew: it may have cut the log
	} {
		require.NoError(t, s.SetHighWatermark(t.Context(), metadata.Watermark{Topic: id, LeaderEpoch: step.epoch, HighWatermark: step.set}))
		require.Equal(t, metadata.PartitionOffsets{HighWatermark: step.want, Known: true}, highWatermark(t, s))
	}
	require.Equal(t, uint64(1), s.View().Revision(), "nothing was proposed")
}

func TestHighWatermarksAreOnePartitionsAndOneNodes(t *testing.T) {
	nodes := hosttest.Cluster(t, 2, host.WithCheckpoints(0))
	created, err := nodes.Store(0).CreateTopic(t.Context(), metadata.TopicSpec{Name: "orders", Partitions: 2, ReplicationFactor: 1})
	require.NoError(t, err)
	require.NoError(t, nodes.Store(0).SetHighWatermark(t.Context(), metadata.Watermark{Topic: created.ID, HighWatermark: 9}))
	other, err := nodes.Store(1).PartitionOffsets(t.Context(), "orders", 0, metadata.MinRevision(created.Revision))
	require.NoError(t, err)
	require.False(t, other.Value.Known)
	require.Equal(t, nodes.Store(0).View().Digest(), nodes.Store(1).View().Digest())
}

func TestHighWatermarksOfWhatIsGone(t *testing.T) {
	_, s, id := marked(t, host.WithCheckpoints(0))
	mark := metadata.Watermark{Topic: id, HighWatermark: 9}
	require.NoError(t, s.SetHighWatermark(t.Context(), mark))
	_, err := s.DeleteTopic(t.Context(), metadata.TopicRef{Name: "orders"})
	require.NoError(t, err)
	require.ErrorIs(t, s.SetHighWatermark(t.Context(), mark), metadata.ErrNotFound)
	_, err = s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "orders", Partitions: 1, ReplicationFactor: 1})
	require.NoError(t, err)
	require.Equal(t, metadata.PartitionOffsets{}, highWatermark(t, s), "the name is the same, the topic isn't")
}

// A restarted node knows what was checkpointed or stored, and no more.
func TestHighWatermarksAfterARestart(t *testing.T) {
	nodes, s, id := marked(t, host.WithCheckpoints(0))
	require.NoError(t, s.SetHighWatermark(t.Context(), metadata.Watermark{Topic: id, HighWatermark: 50}))
	items, err := s.CheckpointWatermarks(t.Context(), metadata.WatermarksSpec{Watermarks: []metadata.Watermark{{Topic: id, HighWatermark: 40}}})
	require.NoError(t, err)
	require.Empty(t, items.Failed)
	require.EqualValues(t, 50, highWatermark(t, s).HighWatermark)

	require.NoError(t, s.Close())
	s = nodes.Open(0)
	require.Equal(t, metadata.PartitionOffsets{HighWatermark: 40, Known: true}, highWatermark(t, s))

	_, err = s.PutSegments(t.Context(), metadata.SegmentsSpec{Segments: []metadata.SegmentSpec{{
		SegmentKey:  metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: id, ID: "a"},
		SegmentInfo: metadata.SegmentInfo{StartOffset: 0, EndOffset: 44},
	}}})
	require.NoError(t, err)
	require.EqualValues(t, 45, highWatermark(t, s).HighWatermark, "the end of the last segment")
}

func TestLogStartIsResolvedWhereItIsAsked(t *testing.T) {
	_, s, id := marked(t, host.WithCheckpoints(0))
	ctx := t.Context()
	spec := metadata.LogStartSpec{Topic: "orders", Offset: -1}
	_, err := s.AdvanceLogStart(ctx, spec)
	requireCode(t, metadata.CodeOffsetOutOfRange, err)
	require.Equal(t, uint64(1), s.View().Revision(), "refused before it was proposed")

	require.NoError(t, s.SetHighWatermark(ctx, metadata.Watermark{Topic: id, HighWatermark: 20}))
	id1 := metadata.WithRequestID(metadata.RequestID{1}, 1)
	moved, err := s.AdvanceLogStart(ctx, spec, id1)
	require.NoError(t, err)
	require.EqualValues(t, 20, moved.Offset)

	require.NoError(t, s.SetHighWatermark(ctx, metadata.Watermark{Topic: id, HighWatermark: 30}))
	again, err := s.AdvanceLogStart(ctx, spec, id1)
	require.NoError(t, err)
	require.True(t, again.Deduplicated)
	require.EqualValues(t, 20, again.Offset, "a repeated request has the first answer, wherever the high watermark is now")

	_, err = s.AdvanceLogStart(ctx, metadata.LogStartSpec{Topic: "orders", Offset: 31})
	requireCode(t, metadata.CodeOffsetOutOfRange, err)
	require.Equal(t, uint64(2), s.View().Revision(), "refused before it was proposed")
	back, err := s.AdvanceLogStart(ctx, metadata.LogStartSpec{Topic: "orders", Offset: 3})
	require.NoError(t, err)
	require.EqualValues(t, 20, back.Offset, "deleted records stay deleted")
}

// A repeated request has its first answer even where the high watermark isn't
// known any more, by itself and in a batch.
func TestLogStartIsRepeatedWithoutAHighWatermark(t *testing.T) {
	spec := metadata.LogStartSpec{Topic: "orders", Offset: -1}
	alone := func(s metadata.Store, id byte) (metadata.Written, int64, error) {
		moved, err := s.AdvanceLogStart(t.Context(), spec, metadata.WithRequestID(metadata.RequestID{id}, 1))
		return moved.Written, moved.Offset, err
	}
	inBatch := func(s metadata.Store, id byte) (metadata.Written, int64, error) {
		res, err := s.Batch(t.Context(), metadata.BatchSpec{Operations: []metadata.BatchOperation{{AdvanceLogStart: &spec}}},
			metadata.WithRequestID(metadata.RequestID{id}, 1))
		if err != nil {
			return res.Written, 0, err
		}
		return res.Written, res.Answers[0].LogStartOffset, nil
	}
	for name, advance := range map[string]func(metadata.Store, byte) (metadata.Written, int64, error){"alone": alone, "in a batch": inBatch} {
		t.Run(name, func(t *testing.T) {
			nodes, s, id := marked(t, host.WithCheckpoints(0))
			mark(t, s, id, 0, 0)
			_, offset, err := advance(s, 1)
			require.NoError(t, err)
			require.Zero(t, offset)

			require.NoError(t, s.Close())
			s = nodes.Open(0)
			require.False(t, highWatermark(t, s).Known)
			first, offset, err := advance(s, 1)
			require.NoError(t, err)
			require.True(t, first.Deduplicated)
			require.Zero(t, offset)
			_, _, err = advance(s, 2)
			requireCode(t, metadata.CodeOffsetOutOfRange, err)

			_, err = s.DeleteTopic(t.Context(), metadata.TopicRef{Name: "orders"})
			require.NoError(t, err)
			again, _, err := advance(s, 1)
			require.NoError(t, err)
			require.Equal(t, first, again, "nor where the topic is gone")
			require.EqualValues(t, 3, s.View().Revision())
		})
	}
}

func requireCode(t *testing.T, want metadata.Code, err error) {
	t.Helper()
	var refused *metadata.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, want, refused.Code, refused.Message)
}
