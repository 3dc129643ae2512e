package metadata

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

var (
	errUnknownField = errors.New("this build doesn't know it; upgrade the node")
	errTwice        = errors.New("it stands there twice")
	errTwoCommands  = errors.New("an event holds one command")
	errWireType     = errors.New("it has another type than the schema says")
	errIDSize       = errors.New("an id has 16 bytes, or none")
	errFieldRange   = errors.New("the number is out of range")
	errTooDeep      = errors.New("batches lie in batches too deep")
)

// shape is what a message may look like on the wire. protobuf keeps unknown
// fields and goes on; here they stop the node, and finding them in the bytes
// costs much less than asking every decoded message by reflection.
type shape struct {
	name   protoreflect.Name
	fields []fieldShape // by number; those of kind 0 don't exist
}

type fieldShape struct {
	kind     protoreflect.Kind
	opaque   bool // bytes that aren't an id
	repeated bool
	oneof    int8   // number of its oneof plus one, 0: none
	message  *shape // of a message
}

// eventShape is read from the schema once; nothing changes it.
var eventShape = shapeOf((&eventpb.Event{}).ProtoReflect().Descriptor(), map[protoreflect.FullName]*shape{})

// maxDepth is how deep messages may lie in each other: enough for a batch in a
// batch, which apply refuses by its rule.
const maxDepth = 10

// opaqueBytes are the fields that hold what callers please.
var opaqueBytes = map[protoreflect.FullName]bool{
	"metalog.event.v1.GroupMember.metadata":   true,
	"metalog.event.v1.GroupMember.assignment": true,
}

// shapeOf gives the same shape for the same message: a batch holds events.
func shapeOf(d protoreflect.MessageDescriptor, known map[protoreflect.FullName]*shape) *shape {
	if s, ok := known[d.FullName()]; ok {
		return s
	}
	s := &shape{name: d.Name()}
	known[d.FullName()] = s
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		n := int(f.Number())
		if n >= len(s.fields) {
			s.fields = append(s.fields, make([]fieldShape, n+1-len(s.fields))...)
		}
		s.fields[n] = fieldShape{kind: f.Kind(), opaque: opaqueBytes[f.FullName()], repeated: f.IsList()}
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			s.fields[n].oneof = int8(o.Index()) + 1
		}
		if f.Kind() == protoreflect.MessageKind {
			s.fields[n].message = shapeOf(f.Message(), known)
		}
	}
	return s
}

// check goes through b, an encoded message of this shape.
func (s *shape) check(b []byte) error { return s.checkAt(b, maxDepth) }

// checkAt is check where so many more messages may lie in each other.
func (s *shape) checkAt(b []byte, depth int) error {
	if depth == 0 {
		return errTooDeep
	}
	var seen, oneofs uint64
	for len(b) > 0 {
		tag, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return s.wrong(0, protowire.ParseError(n))
		}
		b = b[n:]
		num, typ := tag>>3, protowire.Type(tag&7)
		if num >= uint64(len(s.fields)) || s.fields[num].kind == 0 {
			return s.wrong(num, errUnknownField)
		}
		f := &s.fields[num]
		if !f.repeated || f.packed() {
			if seen&(1<<num) != 0 {
				return s.wrong(num, errTwice)
			}
			seen |= 1 << num
		}
		if f.oneof != 0 {
			if oneofs&(1<<f.oneof) != 0 {
				return s.wrong(num, errTwoCommands)
			}
			oneofs |= 1 << f.oneof
		}
		n, err := f.check(b, typ, depth-1)
		if err != nil {
			return s.wrong(num, err)
		}
		b = b[n:]
	}
	return nil
}

func (s *shape) wrong(num uint64, err error) error {
	return fmt.Errorf("%s, field %d: %w", s.name, num, err)
}

// check looks at the value at the start of b and returns how long it is. Depth
// is for a message in it.
func (f *fieldShape) check(b []byte, typ protowire.Type, depth int) (int, error) {
	if typ != f.wireType() {
		return 0, errWireType
	}
	if typ == protowire.VarintType {
		return f.checkNumber(b)
	}
	v, n := protowire.ConsumeBytes(b)
	if n < 0 {
		return 0, protowire.ParseError(n)
	}
	switch {
	case f.message != nil:
		return n, f.message.checkAt(v, depth)
	case f.packed():
		return n, f.checkPacked(v)
	case f.kind == protoreflect.BytesKind && !f.opaque && len(v) != 0 && len(v) != 16:
		return 0, errIDSize
	}
	return n, nil
}

// wireType is how the field stands on the wire.
func (f *fieldShape) wireType() protowire.Type {
	if f.number() && !f.repeated {
		return protowire.VarintType
	}
	return protowire.BytesType
}

// packed reports whether the field is a list of numbers: all in one value.
func (f *fieldShape) packed() bool { return f.repeated && f.number() }

func (f *fieldShape) number() bool {
	switch f.kind {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return false
	default:
		return true
	}
}

func (f *fieldShape) checkPacked(b []byte) error {
	for len(b) > 0 {
		n, err := f.checkNumber(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// checkNumber refuses what protobuf would cut to the field's width.
func (f *fieldShape) checkNumber(b []byte) (int, error) {
	v, n := protowire.ConsumeVarint(b)
	if n < 0 {
		return 0, protowire.ParseError(n)
	}
	ok := true
	switch f.kind {
	case protoreflect.BoolKind:
		ok = v <= 1
	case protoreflect.Uint32Kind:
		ok = v <= math.MaxUint32
	case protoreflect.Int32Kind, protoreflect.EnumKind:
		ok = int64(v) == int64(int32(v))
	default:
	}
	if !ok {
		return 0, errFieldRange
	}
	return n, nil
}
