package metadata_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// A batch that is refused leaves nothing of itself to the events around it in the
// same delivery, whatever it had touched: they come to what they come to one by one.
func TestARefusedBatchBetweenOtherEvents(t *testing.T) {
	advance := func(to int64) *eventpb.Event {
		return metadata.NewAdvanceLogStart(metadata.LogStartSpec{Topic: "a", Offset: to}, to)
	}
	commit := func(offset int64) *eventpb.Event {
		return metadata.NewCommitOffsets(metadata.OffsetsSpec{
			Group: "g", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{{Topic: "a", Offset: offset}},
		})
	}
	refused := func(ops ...*eventpb.Event) *eventpb.Event {
		return inBatch(append(ops, metadata.NewDeleteGroup("nobody"))...)
	}
	for name, events := range map[string][]*eventpb.Event{
		"after a change":    {advance(3), refused(advance(9))},
		"before a change":   {refused(advance(9)), advance(5)},
		"between changes":   {advance(3), refused(advance(9)), advance(5)},
		"a topic that goes": {advance(3), refused(metadata.NewDeleteTopic(metadata.TopicRef{Name: "a"})), advance(5)},
		"a topic that comes": {
			refused(createNamed("b", 2)), createNamed("b", 2),
			metadata.NewCheckpointWatermarks(metadata.WatermarksSpec{Watermarks: []metadata.Watermark{{Topic: topicID(2), HighWatermark: 7}}}),
		},
		"other nouns": {
			commit(1), initialize("tx"), metadata.NewRegisterBroker(brokerSpec(1)),
			refused(commit(2), initialize("tx"), initialize("ty"), metadata.NewRegisterBroker(brokerSpec(2))),
			commit(3), initialize("ty"), metadata.NewRegisterBroker(brokerSpec(2)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			alone := newLine(metadata.Genesis())
			alone.must(t, createNamed("a", 1))
			together := alone.state.Draft()
			for _, ev := range events {
				want := alone.do(t, ev)
				got, err := together.Apply(ev)
				require.NoError(t, err)
				require.Equal(t, want, got)
				require.Equal(t, got.Code != metadata.CodeNone, together.Changes() == nil, "what is undone isn't told")
			}
			state := together.State()
			require.Equal(t, snapshot(t, alone.state), snapshot(t, state))
			require.Equal(t, alone.state.Digest(), state.Digest())
			require.Equal(t, state.DigestFromScratch(), state.Digest())
		})
	}
}
