package metadata_test

import (
	"strconv"

	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// everyNoun is events that are all accepted and leave a record of every kind,
// with every field in use somewhere.
func everyNoun() []*eventpb.Event {
	value := "1"
	member := metadata.GroupMember{ID: "m", InstanceID: "i", ClientID: "c", ClientHost: "h", Topics: []string{"a"}, Metadata: []byte{0xff, 0}, Assignment: []byte{1}}
	producer := metadata.ProducerRef{TransactionalID: "tx", ProducerID: 1000}
	commit := metadata.OffsetsSpec{Group: "simple", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{
		{Topic: "a", Partition: 0, Offset: 5, LeaderEpoch: 1, Metadata: "m"}, {Topic: "a", Partition: 9},
	}}
	group := metadata.GroupSpec{ID: "g", ExpectedGeneration: metadata.NoGeneration, Generation: 1, State: metadata.GroupPreparingRebalance, Leader: "m", ProtocolType: "consumer", ProtocolName: "range", Members: []metadata.GroupMember{member}}
	stable := group
	stable.ExpectedGeneration, stable.State = 1, metadata.GroupCompletingRebalance
	segment := metadata.SegmentSpec{
		SegmentKey:  metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: topicID(1), Partition: 0, ID: "s"},
		SegmentInfo: metadata.SegmentInfo{StartOffset: 1, EndOffset: 9, SizeBytes: 3, Records: 8, MinTimestampMS: -1, MaxTimestampMS: 7, Path: "p", RowGroups: 2, Compression: "zstd", TimePartition: "2026", SchemaFingerprint: "f"},
	}
	return []*eventpb.Event{
		createNamed("a", 1),
		metadata.NewAlterConfigs(metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceCluster},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.a", Value: &value}},
		}),
		metadata.NewAllocateProducerIDs(metadata.ProducerIDsSpec{Broker: metadata.NoBroker}),
		metadata.NewPutGroup(group),
		metadata.NewPutGroup(stable),
		metadata.NewCommitOffsets(commit),
		metadata.NewInitProducer(metadata.InitProducerSpec{TransactionalID: "tx", TimeoutMS: 1000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch}),
		metadata.NewAddTransactionPartitions(metadata.TransactionPartitionsSpec{ProducerRef: producer, Partitions: []metadata.TopicPartition{{Topic: "a"}}}),
		metadata.NewAddTransactionOffsets(metadata.TransactionGroupSpec{ProducerRef: producer, Group: "simple"}),
		metadata.NewCommitTransactionOffsets(metadata.TransactionOffsetsSpec{ProducerRef: producer, OffsetsSpec: commit}),
		metadata.NewCheckpointWatermarks(metadata.WatermarksSpec{Watermarks: []metadata.Watermark{{Topic: topicID(1), HighWatermark: 8}}}),
		metadata.NewAdvanceLogStart(metadata.LogStartSpec{Topic: "a", Offset: -1}, 8),
		metadata.NewPutSegments(metadata.SegmentsSpec{Segments: []metadata.SegmentSpec{segment, {}}}),
		metadata.NewSettle(metadata.SettleSpec{RequestID: metadata.RequestID{7}}),
		metadata.NewSetFeatureLevel(metadata.FeatureLevelSpec{Level: 1}),
		metadata.NewPrepareTransaction(metadata.PrepareSpec{ProducerRef: producer, Commit: true}),
		inBatch(createNamed("b", 2), metadata.NewCommitOffsets(metadata.OffsetsSpec{Group: "other", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{{Topic: "b", Offset: 1}}})),
		metadata.NewRegisterBroker(brokerSpec(1)),
	}
}

// inBatch is events that aren't stamped as one.
func inBatch(ops ...*eventpb.Event) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_Batch{Batch: &eventpb.Batch{Operations: ops}}}
}

func drawBatch(t *rapid.T) *eventpb.Event {
	var ops []*eventpb.Event
	for range rapid.IntRange(0, 4).Draw(t, "operations") {
		if rapid.IntRange(0, 2).Draw(t, "topic") == 0 {
			ops = append(ops, drawCreate(t))
		} else {
			ops = append(ops, drawNoun(t))
		}
	}
	ev := inBatch(ops...)
	if rapid.IntRange(0, 3).Draw(t, "expecting") == 0 {
		ev.GetBatch().Preconditions = []*eventpb.Precondition{{
			Record:   &eventpb.RecordKey{Noun: eventpb.Noun(rapid.IntRange(0, 10).Draw(t, "noun")), Name: drawName(t)},
			Expected: &eventpb.Precondition_Absent{Absent: &eventpb.Absent{}},
		}}
	}
	return ev
}

// drawNoun is a command on what isn't a topic or a broker.
func drawNoun(t *rapid.T) *eventpb.Event {
	producer := metadata.ProducerRef{
		TransactionalID: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "transaction"),
		ProducerID:      rapid.Int64Range(0, 2).Draw(t, "producer"),
		Epoch:           rapid.Int16Range(0, 2).Draw(t, "producer's epoch"),
	}
	switch rapid.IntRange(0, 17).Draw(t, "noun's kind") {
	case 0:
		return metadata.NewPutGroup(drawGroup(t))
	case 1:
		return metadata.NewDeleteGroup(drawGroupID(t))
	case 2, 3:
		return metadata.NewCommitOffsets(drawCommit(t))
	case 4:
		return metadata.NewDeleteOffsets(metadata.OffsetsRef{Group: drawGroupID(t), Partitions: drawPartitions(t)})
	case 5:
		return metadata.NewAllocateProducerIDs(metadata.ProducerIDsSpec{Broker: rapid.Int32Range(-1, 1).Draw(t, "broker"), Epoch: 1})
	case 6, 7:
		return drawInit(t, producer)
	case 8, 9:
		return metadata.NewAddTransactionPartitions(metadata.TransactionPartitionsSpec{ProducerRef: producer, Partitions: drawPartitions(t)})
	case 10:
		return metadata.NewAddTransactionOffsets(metadata.TransactionGroupSpec{ProducerRef: producer, Group: drawGroupID(t)})
	case 11:
		return metadata.NewCommitTransactionOffsets(metadata.TransactionOffsetsSpec{ProducerRef: producer, OffsetsSpec: drawCommit(t)})
	case 12:
		return metadata.NewPrepareTransaction(metadata.PrepareSpec{ProducerRef: producer, Commit: rapid.Bool().Draw(t, "commit")})
	case 13:
		return metadata.NewCompleteTransaction(producer)
	case 14:
		return drawSegments(t)
	case 15:
		return metadata.NewCheckpointWatermarks(metadata.WatermarksSpec{Watermarks: []metadata.Watermark{{
			Topic: topicID(rapid.IntRange(0, 12).Draw(t, "id")), HighWatermark: rapid.Int64Range(-1, 9).Draw(t, "mark"),
		}}})
	case 16:
		return metadata.NewAdvanceLogStart(metadata.LogStartSpec{Topic: drawName(t)}, rapid.Int64Range(-1, 9).Draw(t, "start"))
	default:
		return drawRequest(t)
	}
}

func drawRequest(t *rapid.T) *eventpb.Event {
	if rapid.Bool().Draw(t, "clock") {
		return metadata.NewResetClock(metadata.ClockSpec{ToMS: rapid.Int64Range(-1, 1000).Draw(t, "to")})
	}
	return metadata.NewSettle(metadata.SettleSpec{
		RequestID:     requestID(uint64(rapid.IntRange(0, 41).Draw(t, "settled"))),
		FirstRevision: uint64(rapid.IntRange(0, 20).Draw(t, "seen")),
	})
}

func drawGroupID(t *rapid.T) string {
	return rapid.SampledFrom([]string{"g", "h", ""}).Draw(t, "group")
}

func drawGroup(t *rapid.T) metadata.GroupSpec {
	spec := metadata.GroupSpec{
		ID:                 drawGroupID(t),
		ExpectedGeneration: rapid.Int32Range(-1, 1).Draw(t, "expected"),
		Generation:         rapid.Int32Range(0, 1).Draw(t, "generation"),
		State:              metadata.GroupState(rapid.IntRange(0, 5).Draw(t, "state")),
		ProtocolType:       rapid.SampledFrom([]string{"", "consumer"}).Draw(t, "protocol"),
	}
	if spec.State != metadata.GroupEmpty {
		spec.Leader = "m"
		spec.Members = []metadata.GroupMember{{ID: "m", Topics: []string{drawName(t)}, Metadata: []byte{1}}}
	}
	return spec
}

func drawPartitions(t *rapid.T) (out []metadata.TopicPartition) {
	for range rapid.IntRange(0, 2).Draw(t, "partitions") {
		out = append(out, metadata.TopicPartition{Topic: drawName(t), Partition: rapid.Int32Range(0, 2).Draw(t, "partition")})
	}
	return out
}

func drawCommit(t *rapid.T) metadata.OffsetsSpec {
	spec := metadata.OffsetsSpec{
		Group:      drawGroupID(t),
		Generation: rapid.Int32Range(-1, 1).Draw(t, "generation"),
		MemberID:   rapid.SampledFrom([]string{"", "m"}).Draw(t, "member"),
	}
	for _, p := range drawPartitions(t) {
		spec.Offsets = append(spec.Offsets, metadata.OffsetCommit{Topic: p.Topic, Partition: p.Partition, Offset: rapid.Int64Range(-2, 9).Draw(t, "offset")})
	}
	return spec
}

func drawInit(t *rapid.T, producer metadata.ProducerRef) *eventpb.Event {
	spec := metadata.InitProducerSpec{
		TransactionalID: producer.TransactionalID, TimeoutMS: rapid.Int32Range(0, 2).Draw(t, "timeout"),
		ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	}
	if rapid.Bool().Draw(t, "expecting") {
		spec.ExpectedProducerID, spec.ExpectedEpoch = producer.ProducerID, producer.Epoch
	}
	return metadata.NewInitProducer(spec)
}

func drawSegments(t *rapid.T) *eventpb.Event {
	key := metadata.SegmentKey{
		Kind:  metadata.SegmentKind(rapid.IntRange(0, 2).Draw(t, "segment's kind")),
		Topic: topicID(rapid.IntRange(0, 12).Draw(t, "id")), ID: strconv.Itoa(rapid.IntRange(0, 1).Draw(t, "segment")),
	}
	if rapid.IntRange(0, 2).Draw(t, "delete") == 0 {
		return metadata.NewDeleteSegments(metadata.SegmentKeys{Segments: []metadata.SegmentKey{key}})
	}
	return metadata.NewPutSegments(metadata.SegmentsSpec{
		Replace:  rapid.Bool().Draw(t, "replace"),
		Segments: []metadata.SegmentSpec{{SegmentKey: key, SegmentInfo: metadata.SegmentInfo{SizeBytes: rapid.Int64Range(-1, 1).Draw(t, "size")}}},
	})
}
