package metadata_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

func TestGenesisIsAConstant(t *testing.T) {
	s := metadata.Genesis()
	require.Zero(t, s.Revision())
	require.Zero(t, s.LastMS())
	require.Equal(t, uint32(1), s.FeatureLevel())
	require.Zero(t, s.Counts())
	require.Equal(t, metadata.Genesis().Digest(), s.Digest())
	require.Equal(t, "b83b4e21", s.Digest().String()[:8], "another digest means another protocol")
}

func TestEveryEventCountsAndTimeNeverGoesBack(t *testing.T) {
	l := newLine(metadata.Genesis())
	steps := []struct {
		ms, want int64
	}{{100, 100}, {50, 100}, {-5, 100}, {101, 101}}
	for i, step := range steps {
		res := l.apply(t, stamped(metadata.NewDeleteTopic(metadata.TopicRef{Name: "absent"}), uint64(i+1), 0, step.ms))
		require.Equal(t, metadata.CodeUnknownTopicOrPartition, res.Code)
		require.Equal(t, uint64(i+1), res.Revision, "a refusal counts")
		require.Equal(t, step.want, l.state.LastMS())
	}
}

func TestARefusalChangesNothingElse(t *testing.T) {
	l := newLine(metadata.Genesis())
	l.must(t, createNamed("a", 1))
	before := l.state.Counts()
	topic, err := l.state.Topic("a")
	require.NoError(t, err)

	res := l.do(t, createNamed("a", 2))

	require.ErrorIs(t, res.Err(), metadata.ErrAlreadyExists)
	require.Zero(t, res.Response)
	after := l.state.Counts()
	after.Requests--
	require.Equal(t, before, after)
	same, err := l.state.Topic("a")
	require.NoError(t, err)
	require.Same(t, topic, same)
}

func TestPublishedStatesNeverChange(t *testing.T) {
	l := newLine(metadata.Genesis())
	l.must(t, createNamed("a", 1))
	old := l.state
	digest, counts := old.Digest(), old.Counts()

	l.must(t, createNamed("b", 2))
	l.must(t, metadata.NewCreatePartitions(metadata.PartitionsSpec{Topic: "a", Total: 100}))
	l.must(t, metadata.NewDeleteTopic(metadata.TopicRef{Name: "b"}))

	require.Equal(t, digest, old.Digest())
	require.Equal(t, digest, old.DigestFromScratch())
	require.Equal(t, counts, old.Counts())
	list, err := old.Partitions("a")
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestApplyHaltsAtWhatItDoesNotKnow(t *testing.T) {
	d := metadata.Genesis().Draft()
	id := requestID(1)
	tests := map[string]*eventpb.Event{
		"no command":       {RequestId: id[:]},
		"no request id":    createNamed("a", 1),
		"short id":         {RequestId: id[:15], Command: createNamed("a", 1).GetCommand()},
		"nothing whatever": {},
	}
	for name, ev := range tests {
		_, err := d.Apply(ev)
		require.ErrorIs(t, err, metadata.ErrHalt, name)
	}
	require.Zero(t, d.Revision(), "and it changes nothing")
}

func TestADraftEndsWithItsState(t *testing.T) {
	d := metadata.Genesis().Draft()
	d.State()
	require.Panics(t, func() { _, _ = d.Apply(stamped(createNamed("a", 1), 1, 0, 1)) })
}

func TestFeatureLevelGates(t *testing.T) {
	l := newLine(metadata.Genesis().WithFeatureLevel(0))
	res := l.do(t, createNamed("a", 1))
	require.ErrorIs(t, res.Err(), metadata.ErrUnsupported)
	require.Equal(t, metadata.CodeUnsupportedVersion, res.Code)
	require.Equal(t, uint64(1), res.Revision, "it counts, as refusals do")
	require.Zero(t, l.state.Counts().Topics)
}

func TestLimits(t *testing.T) {
	text := strings.Repeat("v", metadata.MaxString)
	config := func(key, value string) *eventpb.Event {
		return metadata.NewAlterConfigs(metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceCluster},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: key, Value: &value}},
		})
	}
	many := func(n, size int) *eventpb.Event {
		spec := metadata.ConfigSpec{Resource: metadata.Resource{Type: metadata.ResourceGroup, Name: "g"}}
		value := strings.Repeat("v", size)
		for i := range n {
			spec.Ops = append(spec.Ops, metadata.ConfigOp{Kind: metadata.ConfigSet, Key: "x." + topicName(i), Value: &value})
		}
		return metadata.NewAlterConfigs(spec)
	}
	on := func(rack string) *eventpb.Event {
		spec := brokerSpec(1)
		spec.Rack = rack
		return metadata.NewRegisterBroker(spec)
	}
	tests := []struct {
		name string
		ev   *eventpb.Event
		want metadata.Code
	}{
		{"the longest text that no row looks at", on(text), metadata.CodeNone},
		{"one too long that no row looks at", on(text + "v"), metadata.CodeInvalidRequest},
		{"the longest text", config("x.a", text), metadata.CodeNone},
		{"a text too long", config("x.a", text+"v"), metadata.CodeInvalidRequest},
		{"the most items", many(metadata.MaxItems, 1), metadata.CodeNone},
		{"too many items", many(metadata.MaxItems+1, 1), metadata.CodeInvalidRequest},
		{"an event too large", many(40, metadata.MaxString), metadata.CodeMessageTooLarge},
		{"a row's own code comes first", createNamed(text+"v", 1), metadata.CodeInvalidTopic},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLine(metadata.Genesis())
			require.Equal(t, tt.want, l.state.Check(tt.ev).Code, "the courtesy check says the same")
			res := l.do(t, tt.ev)
			require.Equal(t, tt.want, res.Code, res.Message)
			require.Equal(t, uint64(1), res.Revision, "it counts")
			stored, ok := l.state.Stored(res.Request)
			require.True(t, ok)
			require.Equal(t, res, stored)
		})
	}
}

// The limit holds for the bytes in the log, whatever the canonical encoding
// takes: a list of negative numbers is at its most unequal.
func TestSizeLimitWhereEncodingsDiffer(t *testing.T) {
	negative := make([]int32, 9_000)
	for i := range negative {
		negative[i] = -1
	}
	ev := &eventpb.CreateTopic{Name: "a", Partitions: -1, ReplicationFactor: -1}
	for range 12 {
		ev.Assignments = append(ev.Assignments, &eventpb.Assignment{Partition: -1, Replicas: negative})
	}
	l := newLine(metadata.Genesis())
	res := l.do(t, &eventpb.Event{Command: &eventpb.Event_CreateTopic{CreateTopic: ev}})
	require.Equal(t, metadata.CodeMessageTooLarge, res.Code)
}

func TestCheckAgreesWithApply(t *testing.T) {
	l := newLine(metadata.Genesis())
	for _, ev := range script(40) {
		said := l.state.Check(ev)
		res := l.do(t, ev)
		require.Equal(t, res.Code, said.Code, "%v: %s", ev, res.Message)
		require.Equal(t, res.Message, said.Message)
		require.Equal(t, res.Fingerprint, said.Fingerprint)
	}
}

// What can't be proposed is refused by a check as Encode refuses it, and so
// before any row is looked at.
func TestCheckAgreesWithEncode(t *testing.T) {
	s := metadata.Genesis()
	for _, spec := range []metadata.TopicSpec{
		{Name: "t", ID: topicID(1), Partitions: 1, ReplicationFactor: 1, Configs: []metadata.ConfigValue{{Key: "x.\xff", Value: new(string)}}},
		{Name: "t\xff"},
		{Name: strings.Repeat("t", metadata.MaxEventSize)},
	} {
		ev := newLine(s).stamp(metadata.NewCreateTopic(spec))
		_, err := metadata.Encode(ev)
		var refused *metadata.Error
		require.ErrorAs(t, err, &refused)
		said := s.Check(ev)
		require.Equal(t, refused.Code, said.Code, "%s", said.Message)
		require.NotEmpty(t, said.Message)
	}
}

func TestCheckOfAnUnknownCommand(t *testing.T) {
	require.Equal(t, metadata.CodeInvalidRequest, metadata.Genesis().Check(&eventpb.Event{}).Code)
}
