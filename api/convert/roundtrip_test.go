package convert_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
)

// options are what every request carries beside its spec.
var options = metadata.WriteOptions{RequestID: metadata.RequestID{1}, FirstRevision: new(uint64(7)), ValidateOnly: true}

// trips go from a Go value to its message, through bytes, and back. Every field
// of the message must have been set when every field of the value was.
var trips = map[string]func(t require.TestingT, v any) (back any){
	"Topic":            trip(convert.TopicProto, convert.Topic),
	"Partition":        trip(convert.PartitionProto, convert.Partition),
	"Broker":           trip(convert.BrokerProto, convert.Broker),
	"Resource":         trip(convert.ResourceProto, sure(convert.Resource)),
	"Written":          trip(convert.WrittenProto, convert.Written),
	"CreatedTopic":     trip(convert.CreateTopicResponse, convert.CreatedTopic),
	"RegisteredBroker": trip(convert.RegisterBrokerResponse, convert.RegisteredBroker),
	"ReadOptions":      trip(convert.ReadOptionsProto, sure(convert.ReadOptions)),
	"WriteOptions":     trip(convert.WriteOptionsProto, convert.WriteOptions),
	"TopicSpec":        trip(with(convert.CreateTopicRequest), convert.TopicSpec),
	"TopicRef":         trip(with(convert.DeleteTopicRequest), func(p *metalogv1.DeleteTopicRequest) (metadata.TopicRef, error) { return convert.TopicRef(p) }),
	"ConfigSpec":       trip(with(convert.AlterConfigsRequest), sure(convert.ConfigSpec)),
	"PartitionsSpec":   trip(with(convert.CreatePartitionsRequest), sure(convert.PartitionsSpec)),
	"AssignmentSpec":   trip(with(convert.AssignPartitionRequest), sure(convert.AssignmentSpec)),
	"BrokerSpec":       trip(with(convert.RegisterBrokerRequest), convert.BrokerSpec),
	"BrokerStateSpec":  trip(with(convert.SetBrokerStateRequest), sure(convert.BrokerStateSpec)),
	"UnregisterSpec":   trip(with(convert.UnregisterBrokerRequest), sure(convert.UnregisterSpec)),
}

var values = map[string]any{
	"Topic":            &metadata.Topic{},
	"Partition":        &metadata.Partition{},
	"Broker":           &metadata.Broker{},
	"Resource":         metadata.Resource{},
	"Written":          metadata.Written{},
	"CreatedTopic":     metadata.CreatedTopic{},
	"RegisteredBroker": metadata.RegisteredBroker{},
	"ReadOptions":      metadata.ReadOptions{},
	"WriteOptions":     metadata.WriteOptions{},
	"TopicSpec":        metadata.TopicSpec{},
	"TopicRef":         metadata.TopicRef{},
	"ConfigSpec":       metadata.ConfigSpec{},
	"PartitionsSpec":   metadata.PartitionsSpec{},
	"AssignmentSpec":   metadata.AssignmentSpec{},
	"BrokerSpec":       metadata.BrokerSpec{},
	"BrokerStateSpec":  metadata.BrokerStateSpec{},
	"UnregisterSpec":   metadata.UnregisterSpec{},
}

func with[G any, P proto.Message](to func(G, metadata.WriteOptions) P) func(G) P {
	return func(g G) P { return to(g, options) }
}

func sure[P, G any](from func(P) G) func(P) (G, error) {
	return func(p P) (G, error) { return from(p), nil }
}

func trip[G any, P proto.Message](to func(G) P, from func(P) (G, error)) func(require.TestingT, any) any {
	return func(t require.TestingT, v any) any {
		sent := to(v.(G))
		data, err := proto.Marshal(sent)
		require.NoError(t, err)
		received := sent.ProtoReflect().New().Interface()
		require.NoError(t, proto.Unmarshal(data, received))
		back, err := from(received.(P))
		require.NoError(t, err)
		if full, ok := t.(*checkFull); ok {
			requireFull(full, received.ProtoReflect())
		}
		return back
	}
}

// checkFull marks a trip whose value has no zero field.
type checkFull struct{ *testing.T }

func TestEveryFieldSurvives(t *testing.T) {
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			filled := fill(reflect.TypeOf(value), new(int)).Interface()
			back := trips[name](&checkFull{t}, filled)
			require.Empty(t, cmp.Diff(filled, back))
		})
	}
}

func TestAnyValueSurvives(t *testing.T) {
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				drawn := draw(rt, reflect.TypeOf(value)).Interface()
				back := trips[name](rt, drawn)
				if diff := cmp.Diff(drawn, back, cmpopts.EquateEmpty()); diff != "" {
					rt.Fatalf("changed on the way (-sent +back):\n%s", diff)
				}
			})
		})
	}
}

func requireFull(t *checkFull, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		require.True(t, m.Has(f), "%s is never set", f.FullName())
		switch {
		case f.IsList() && f.Message() != nil:
			requireFull(t, m.Get(f).List().Get(0).Message())
		case f.Message() != nil:
			requireFull(t, m.Get(f).Message())
		}
	}
}

// fill makes a value of type typ in which nothing is zero and no two numbers
// are equal.
func fill(typ reflect.Type, n *int) reflect.Value {
	v := reflect.New(typ).Elem()
	*n++
	switch {
	case isEnum(typ):
		v.SetUint(uint64(*n%3) + 1)
	case typ.Kind() == reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(fill(typ.Elem(), n))
	case typ.Kind() == reflect.Slice:
		v.Set(reflect.Append(v, fill(typ.Elem(), n), fill(typ.Elem(), n)))
	case typ.Kind() == reflect.Struct:
		for i := range typ.NumField() {
			v.Field(i).Set(fill(typ.Field(i).Type, n))
		}
	case typ.Kind() == reflect.Array:
		v.Index(0).SetUint(uint64(*n))
	case typ.Kind() == reflect.Bool:
		v.SetBool(true)
	case typ.Kind() == reflect.String:
		v.SetString(fmt.Sprintf("s%d", *n))
	case v.CanInt():
		v.SetInt(int64(*n))
	default:
		v.SetUint(uint64(*n))
	}
	return v
}

// draw makes any value of type typ that a caller could have.
func draw(t *rapid.T, typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeFor[metadata.WriteOptions]():
		v.Set(reflect.ValueOf(drawWriteOptions(t)))
	case isEnum(typ):
		v.SetUint(rapid.Uint64Range(0, 255).Draw(t, typ.Name()))
	case typ.Kind() == reflect.Pointer:
		if typ.Elem().Kind() == reflect.Struct && typ.Elem() != reflect.TypeFor[metadata.Reassignment]() || rapid.Bool().Draw(t, "present") {
			v.Set(reflect.New(typ.Elem()))
			v.Elem().Set(draw(t, typ.Elem()))
		}
	case typ.Kind() == reflect.Slice:
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			v.Set(reflect.Append(v, draw(t, typ.Elem())))
		}
	case typ.Kind() == reflect.Struct:
		for i := range typ.NumField() {
			v.Field(i).Set(draw(t, typ.Field(i).Type))
		}
	case typ.Kind() == reflect.Array:
		v.Index(3).SetUint(uint64(rapid.Byte().Draw(t, "byte")))
	case typ.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case typ.Kind() == reflect.String:
		v.SetString(rapid.String().Draw(t, "string"))
	case v.CanInt():
		v.SetInt(rapid.Int64().Draw(t, "int") >> (64 - typ.Bits()))
	default:
		v.SetUint(rapid.Uint64().Draw(t, "uint"))
	}
	return v
}

// drawWriteOptions keeps the two halves of a request id together.
func drawWriteOptions(t *rapid.T) metadata.WriteOptions {
	o := metadata.WriteOptions{ValidateOnly: rapid.Bool().Draw(t, "validate")}
	if rapid.Bool().Draw(t, "id") {
		o.RequestID = metadata.RequestID{rapid.ByteRange(1, 255).Draw(t, "id")}
		o.FirstRevision = new(rapid.Uint64().Draw(t, "first"))
	}
	return o
}

func isEnum(typ reflect.Type) bool { return typ.Kind() == reflect.Uint8 && typ.Name() != "uint8" }
