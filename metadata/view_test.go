package metadata_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// What a broker asks for each of its requests costs no garbage.
func TestSingleGetsAllocateNothing(t *testing.T) {
	s := wholeState(t)
	segment := metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: topicID(1), ID: "s"}
	for name, get := range map[string]func() bool{
		"topic":       func() bool { v, err := s.Topic("a"); return err == nil && v != nil },
		"topic by id": func() bool { v, err := s.TopicByID(topicID(1)); return err == nil && v != nil },
		"partition":   func() bool { v, err := s.Partition("a", 0); return err == nil && v != nil },
		"by id":       func() bool { v, err := s.PartitionByID(topicID(1), 0); return err == nil && v != nil },
		"leader":      func() bool { _, err := s.Leader("a", 0); return err == nil },
		"replicas":    func() bool { _, err := s.Replicas("a", 0); return err == nil },
		"broker":      func() bool { v, err := s.Broker(1); return err == nil && v != nil },
		"group":       func() bool { v, err := s.Group("g"); return err == nil && v != nil },
		"offset":      func() bool { return s.Offset("simple", "a", 0) != nil },
		"transaction": func() bool { v, err := s.Transaction("tx"); return err == nil && v != nil },
		"segment":     func() bool { v, err := s.Segment(segment); return err == nil && v != nil },
		"end":         func() bool { end, ok := s.SegmentsEnd(topicID(1), 0); return ok && end == 10 },
	} {
		require.True(t, get(), name)
		require.Zero(t, testing.AllocsPerRun(100, func() { get() }), name)
	}
}

func TestOffsetsOfWhatIsNotThere(t *testing.T) {
	s := wholeState(t)
	require.Nil(t, s.Offset("nobody", "a", 0))
	require.Nil(t, s.Offset("simple", "nothing", 0))
	require.Nil(t, s.Offset("simple", "a", 1))
}

func TestRangesAreInOrderAndBeginAnywhere(t *testing.T) {
	s := wholeState(t)
	for _, name := range []string{"tx2", "tx1"} {
		l := newLine(s)
		l.must(t, metadata.NewInitProducer(metadata.InitProducerSpec{TransactionalID: name, TimeoutMS: 1, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch}))
		s = l.state
	}
	names := func(keys ...string) []string { return keys }
	keysOf := func(seq func(func(metadata.Record) bool)) (out []string) {
		for r := range seq {
			out = append(out, r.Key().Name)
		}
		return out
	}
	require.Equal(t, names("a", "b"), keysOf(anyRecord(s.TopicsFrom(""))))
	require.Equal(t, names("b"), keysOf(anyRecord(s.TopicsFrom("aa"))))
	require.Equal(t, names("g", "other", "simple"), keysOf(anyRecord(s.GroupsFrom(""))))
	require.Equal(t, names("simple"), keysOf(anyRecord(s.GroupsFrom("p"))))
	require.Equal(t, names("tx", "tx1", "tx2"), keysOf(anyRecord(s.TransactionsFrom(""))))
	require.Equal(t, names("tx1", "tx2"), keysOf(anyRecord(s.TransactionsFrom("tx1"))))
	require.Equal(t, names(""), keysOf(anyRecord(s.BrokersFrom(0))))
	require.Empty(t, keysOf(anyRecord(s.BrokersFrom(2))))
	require.Equal(t, names("simple"), keysOf(anyRecord(s.OffsetsOf("simple"))))
	require.Empty(t, slices.Collect(s.OffsetsOf("nobody")))
	require.Equal(t, names("s"), keysOf(anyRecord(s.SegmentsOf(topicID(1)))))
}

// anyRecord is a sequence of one kind as one of any.
func anyRecord[R metadata.Record](seq func(func(R) bool)) func(func(metadata.Record) bool) {
	return func(yield func(metadata.Record) bool) {
		for r := range seq {
			if !yield(r) {
				return
			}
		}
	}
}
