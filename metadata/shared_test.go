package metadata_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// published is a state as it was when a draft ended, and what it said then.
type published struct {
	state    *metadata.State
	digest   metadata.Digest
	snapshot []byte
	answers  []metadata.Result  // by request id, zero if there was none
	topics   []*metadata.Topic  // by topic id, nil if there was none
	configs  []metadata.Configs // of those topics
	leaders  map[string][]int32 // of all topics
}

func publish(t *rapid.T, s *metadata.State) published {
	t.Helper()
	p := published{state: s, digest: s.Digest(), snapshot: snapshot(t, s), leaders: map[string][]int32{}}
	for i := range 42 {
		answer, _ := s.Stored(requestID(uint64(i)))
		p.answers = append(p.answers, answer)
	}
	for i := range 13 {
		topic, _ := s.TopicByID(topicID(i))
		p.topics = append(p.topics, topic)
		if topic != nil {
			p.configs = append(p.configs, slices.Clone(topic.Configs))
		}
	}
	for _, topic := range s.Topics() {
		for i := range topic.Partitions {
			leader, err := s.Leader(topic.Name, i)
			require.NoError(t, err)
			p.leaders[topic.Name] = append(p.leaders[topic.Name], leader)
		}
	}
	return p
}

// Every state stays what it was, whatever is applied to drafts of it and of
// those after it, drafts that nobody took among them, and whatever becomes of
// the bytes that events came from and of the events.
func TestEveryStateStaysAsItWasPublished(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, s := drawLog(t), start()
		if rapid.Bool().Draw(t, "restored") {
			before, _ := applyAll(t, s, drawLog(t))
			s = restore(t, snapshot(t, before))
		}
		kept := []published{publish(t, s)}
		for _, n := range drawBatches(t, len(log)) {
			if rapid.IntRange(0, 3).Draw(t, "dropped") == 0 {
				applySpoilt(t, s, log[:n])
			}
			s = applySpoilt(t, s, log[:n])
			log = log[n:]
			kept = append(kept, publish(t, s))
		}
		for i, p := range kept {
			require.Equal(t, p.digest, p.state.DigestFromScratch(), "state %d of %d", i, len(kept))
			require.Equal(t, p, publish(t, p.state), "state %d of %d", i, len(kept))
		}
	})
}

// applySpoilt applies events that are overwritten as soon as they are.
func applySpoilt(t *rapid.T, s *metadata.State, log []*eventpb.Event) *metadata.State {
	t.Helper()
	d := s.Draft()
	for _, ev := range log {
		b, err := metadata.Encode(ev)
		require.NoError(t, err)
		decoded, err := metadata.Decode(b)
		require.NoError(t, err)
		spoil(b)
		require.True(t, proto.Equal(ev, decoded))
		_, err = d.Apply(decoded)
		require.NoError(t, err)
		spoilLists(decoded.ProtoReflect())
	}
	return d.State()
}

func spoil(b []byte) {
	for i := range b {
		b[i] = 0xee
	}
}

// spoilLists overwrites whatever of m can be without a new place in memory.
func spoilLists(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList():
			spoilList(f, v.List())
		case f.Kind() == protoreflect.MessageKind:
			spoilLists(v.Message())
		case f.Kind() == protoreflect.BytesKind:
			spoil(v.Bytes())
		}
		return true
	})
}

func spoilList(f protoreflect.FieldDescriptor, list protoreflect.List) {
	for i := range list.Len() {
		switch f.Kind() {
		case protoreflect.MessageKind:
			spoilLists(list.Get(i).Message())
		case protoreflect.Int32Kind:
			list.Set(i, protoreflect.ValueOfInt32(-77))
		default:
		}
	}
}

// Lists of brokers are what a state could keep of an event by mistake.
func TestNoListIsSharedWithItsEvent(t *testing.T) {
	l := newLine(metadata.Genesis())
	for _, id := range []int32{1, 2} {
		l.must(t, metadata.NewRegisterBroker(brokerSpec(id)))
		l.must(t, metadata.NewSetBrokerState(metadata.BrokerStateSpec{ID: id, Epoch: int64(l.state.Revision()), State: metadata.BrokerUnfenced}))
	}
	for _, ev := range []*eventpb.Event{
		metadata.NewCreateTopic(metadata.TopicSpec{
			Name: "a", ID: topicID(1), Partitions: metadata.Default, ReplicationFactor: metadata.Default,
			Assignments: []metadata.Assignment{{Partition: 0, Replicas: []int32{1, 2}}},
		}),
		metadata.NewCreatePartitions(metadata.PartitionsSpec{
			Topic: "a", Total: 2, Assignments: []metadata.Assignment{{Partition: 1, Replicas: []int32{2, 1}}},
		}),
		metadata.NewAssignPartition(metadata.AssignmentSpec{Topic: "a", Replicas: []int32{2, 1}, Leader: 2}),
	} {
		l.must(t, ev)
		spoilLists(ev.ProtoReflect())
		require.Equal(t, l.state.DigestFromScratch(), l.state.Digest(), "%T", ev.Command)
	}
}
