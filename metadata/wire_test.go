package metadata_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// wireEvent is an event of hand-made bytes: a request id and one command.
func wireEvent(command protowire.Number, body []byte) []byte {
	id := requestID(1)
	b := protowire.AppendTag(nil, 1, protowire.BytesType)
	b = protowire.AppendBytes(b, id[:])
	b = protowire.AppendTag(b, command, protowire.BytesType)
	return protowire.AppendBytes(b, body)
}

func field(b []byte, n protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), text)
}

func number(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func TestDecodeIsStrict(t *testing.T) {
	const createTopic, alterConfigs, setBrokerState = 10, 12, 21
	good := slices.Clip(wireEvent(createTopic, field(nil, 1, "a")))
	_, err := metadata.Decode(good)
	require.NoError(t, err)

	tests := []struct {
		name string
		raw  []byte
		want string
	}{
		{"nothing", nil, "no command"},
		{"an unknown field", number(good, 99, 1), "Event, field 99"},
		{"field zero", append(good, 0), "field 0"},
		{"an unknown command", wireEvent(150, nil), "Event, field 150"},
		{"a command between known ones", wireEvent(19, nil), "Event, field 19"},
		{"an unknown field in a command", wireEvent(createTopic, number(nil, 6, 1)), "CreateTopic, field 6"},
		{"an unknown field deeper down", wireEvent(createTopic, field(nil, 5, string(number(nil, 3, 1)))), "ConfigEntry, field 3"},
		{"an unknown field in a stamp", wireEvent(createTopic, field(nil, 15, string(number(nil, 2, 1)))), "Stamp, field 2"},
		{"a number where a text belongs", wireEvent(createTopic, number(nil, 1, 1)), "CreateTopic, field 1"},
		{"a text where a number belongs", wireEvent(createTopic, field(nil, 2, "x")), "CreateTopic, field 2"},
		{"a group", append(good, protowire.AppendTag(nil, 10, protowire.StartGroupType)...), "field 10"},
		{"a list of numbers that isn't packed", wireEvent(createTopic, field(nil, 4, string(number(nil, 2, 1)))), "Assignment, field 2"},
		{"a field twice", wireEvent(createTopic, field(field(nil, 1, "a"), 1, "b")), "stands there twice"},
		{"a command twice", append(good, good[18:]...), "twice"},
		{"two commands", append(good, wireEvent(alterConfigs, nil)[18:]...), "one command"},
		{"no request id", good[18:], "request id"},
		{"a short request id", append(field(nil, 1, "short"), good[18:]...), "16 bytes"},
		{"an id of another length", wireEvent(createTopic, field(nil, 15, string(field(nil, 1, "short")))), "Stamp, field 1"},
		{"a text that isn't UTF-8", wireEvent(createTopic, field(nil, 1, "\xff")), "UTF-8"},
		{"a number too large for its field", wireEvent(createTopic, number(nil, 2, 1<<31)), "CreateTopic, field 2"},
		{"an enum too large", wireEvent(setBrokerState, number(nil, 3, 1<<40)), "SetBrokerState, field 3"},
		{"a bool that is neither", wireEvent(alterConfigs, number(nil, 4, 2)), "AlterConfigs, field 4"},
		{"a cut value", good[:len(good)-1], "Event, field 10"},
		{"a cut tag", append(good, 0x80), "field 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := metadata.Decode(tt.raw)
			require.ErrorIs(t, err, metadata.ErrHalt)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestEncodeRefusesWhatWouldHalt(t *testing.T) {
	id := requestID(1)
	good := func() *eventpb.Event { return stamped(createNamed("a", 1), 1, 0, 1) }
	unknown := good()
	unknown.GetCreateTopic().ProtoReflect().SetUnknown(number(nil, 9, 1))
	badID := good()
	badID.GetCreateTopic().Stamp.TopicId = []byte("short")
	noID := good()
	noID.RequestId = nil
	notText := good()
	notText.GetCreateTopic().Name = "\xff"
	tests := map[string]*eventpb.Event{
		"no command":    {RequestId: id[:]},
		"no request id": noID,
		"a bad id":      badID,
		"not UTF-8":     notText,
		"unknown field": unknown,
	}
	for name, ev := range tests {
		_, err := metadata.Encode(ev)
		require.ErrorIs(t, err, metadata.ErrInvalid, name)
	}
	_, err := metadata.Encode(good())
	require.NoError(t, err)
}

func TestEncodeRefusesWhatIsTooLarge(t *testing.T) {
	fits := func(n int) *eventpb.Event {
		ev := stamped(metadata.NewAlterConfigs(metadata.ConfigSpec{Resource: metadata.Resource{Type: metadata.ResourceCluster}}), 1, 0, 1)
		value := strings.Repeat("v", n)
		ev.GetAlterConfigs().Ops = []*eventpb.ConfigOp{{Kind: eventpb.ConfigOp_KIND_SET, Key: "x.a", Value: &value}}
		return ev
	}
	room := metadata.MaxEventSize - proto.Size(fits(metadata.MaxEventSize/2)) + metadata.MaxEventSize/2
	raw, err := metadata.Encode(fits(room))
	require.NoError(t, err)
	require.Len(t, raw, metadata.MaxEventSize)

	_, err = metadata.Encode(fits(room + 1))
	require.ErrorIs(t, err, metadata.ErrTooLarge)
	var refused *metadata.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, metadata.CodeMessageTooLarge, refused.Code)
}

// An oversized event that was committed all the same is refused, on every node
// alike, and doesn't stop anyone.
func TestAnOversizedEventInTheLogIsRefused(t *testing.T) {
	ev := stamped(createNamed("a", 1), 1, 0, 1)
	value := strings.Repeat("v", metadata.MaxEventSize)
	ev.GetCreateTopic().Configs = []*eventpb.ConfigEntry{{Key: "x.a", Value: &value}}
	raw, err := proto.Marshal(ev)
	require.NoError(t, err)

	got, err := metadata.Decode(raw)
	require.NoError(t, err)
	l := newLine(metadata.Genesis())
	res := l.apply(t, got)
	require.Equal(t, metadata.CodeMessageTooLarge, res.Code)
	require.Equal(t, uint64(1), l.state.Revision())
}
