package metadata_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// everyCommand is one event of every kind in the schema, with all fields set.
func everyCommand(t *testing.T) map[protoreflect.Name]*eventpb.Event {
	t.Helper()
	out := map[protoreflect.Name]*eventpb.Event{}
	commands := (&eventpb.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("command").Fields()
	for i := range commands.Len() {
		f := commands.Get(i)
		ev := stamped(&eventpb.Event{}, 1, 3, 5)
		m := ev.ProtoReflect().Mutable(f).Message()
		fill(m)
		out[f.Name()] = ev
	}
	return out
}

// fill sets every field to something that isn't its default, lists to one item.
// An event in an event has a command only, which is the first.
func fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	if ev, ok := m.Interface().(*eventpb.Event); ok {
		fill(ev.ProtoReflect().Mutable(fields.ByName("create_topic")).Message())
		return
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsList() && f.Message() != nil:
			item := m.Mutable(f).List().AppendMutable()
			fill(item.Message())
		case f.IsList():
			m.Mutable(f).List().Append(value(f, 1))
		case f.Message() != nil:
			fill(m.Mutable(f).Message())
		default:
			m.Set(f, value(f, 1))
		}
	}
}

// value is a value of f's type; n tells them apart.
func value(f protoreflect.FieldDescriptor, n int) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString([]string{"", "1", "2"}[n])
	case protoreflect.BytesKind:
		id := make([]byte, 16)
		id[0] = byte(n)
		return protoreflect.ValueOfBytes(id)
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n%2 == 1)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(int64(n))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(n))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	default:
		return protoreflect.ValueOfInt32(int32(n))
	}
}

func TestEveryCommandIsKnown(t *testing.T) {
	commands := (&eventpb.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("command").Fields()
	for name, ev := range everyCommand(t) {
		require.Equal(t, uint64(commands.ByName(name).Number()), metadata.CommandKind(ev), "the kind of %s is its number in the log", name)
		raw, err := metadata.Encode(ev)
		require.NoError(t, err, name)
		_, err = metadata.Decode(raw)
		require.NoError(t, err, name)
	}
}

func TestFingerprintSeesEveryFieldOfACommand(t *testing.T) {
	for name, ev := range everyCommand(t) {
		t.Run(string(name), func(t *testing.T) {
			seen := map[metadata.Fingerprint]string{metadata.FingerprintOf(ev): "the original"}
			command := ev.ProtoReflect().Descriptor().Fields().ByName(name)
			m := ev.ProtoReflect().Mutable(command).Message()
			changeEach(m, string(name), func(path string, stamp bool) {
				fp := metadata.FingerprintOf(ev)
				if stamp {
					require.Equal(t, "the original", seen[fp], "%s is stamped", path)
					return
				}
				require.NotContains(t, seen, fp, "%s looks like %s", path, seen[fp])
				seen[fp] = path
			})
			require.Equal(t, "the original", seen[metadata.FingerprintOf(ev)])
		})
	}
}

// changeEach changes one thing after the other in m, calls check and undoes it.
func changeEach(m protoreflect.Message, path string, check func(path string, stamp bool)) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		if _, inBatch := m.Interface().(*eventpb.Event); inBatch && !m.Has(fields.Get(i)) {
			continue
		}
		f := fields.Get(i)
		where := path + "." + string(f.Name())
		stamp := m.Descriptor().Name() == "Stamp"
		was := m.Get(f)
		switch {
		case f.IsList():
			changeList(m, f, where, check)
			continue
		case f.Message() != nil:
			changeEach(m.Mutable(f).Message(), where, check)
			continue
		case f.Kind() != protoreflect.BoolKind:
			m.Set(f, value(f, 2))
			check(where, stamp)
		}
		m.Clear(f)
		check(where+" absent", stamp)
		if f.HasPresence() {
			m.Set(f, value(f, 0))
			check(where+" empty", stamp)
		}
		m.Set(f, was)
	}
}

func changeList(m protoreflect.Message, f protoreflect.FieldDescriptor, path string, check func(string, bool)) {
	list := m.Mutable(f).List()
	if f.Message() != nil {
		changeEach(list.Get(0).Message(), path+"[0]", check)
		fill(list.AppendMutable().Message())
	} else {
		was := list.Get(0)
		list.Set(0, value(f, 2))
		check(path+"[0]", false)
		list.Set(0, was)
		list.Append(value(f, 1))
	}
	check(path+" longer", false)
	list.Truncate(0)
	check(path+" empty", false)
	if f.Message() != nil {
		fill(list.AppendMutable().Message())
	} else {
		list.Append(value(f, 1))
	}
}

func TestFingerprintLeavesOutWhatAHostStamps(t *testing.T) {
	for name, ev := range everyCommand(t) {
		want := metadata.FingerprintOf(ev)
		other := proto.CloneOf(ev)
		id := requestID(99)
		other.RequestId, other.FirstRevision, other.TimestampMs = id[:], 77, 88
		require.Equal(t, want, metadata.FingerprintOf(other), name)
	}
}

func TestFingerprintsOfKindsDiffer(t *testing.T) {
	seen := map[metadata.Fingerprint]protoreflect.Name{}
	for name, ev := range everyCommand(t) {
		fp := metadata.FingerprintOf(ev)
		require.NotContains(t, seen, fp)
		seen[fp] = name
	}
	require.Zero(t, metadata.FingerprintOf(&eventpb.Event{}))
}
