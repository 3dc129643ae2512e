package convert_test

import (
	"fmt"
	"reflect"

	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
)

// records are the types behind metadata.Record.
var records = []reflect.Type{
	reflect.TypeFor[*metadata.Topic](), reflect.TypeFor[*metadata.Partition](), reflect.TypeFor[*metadata.Broker](),
	reflect.TypeFor[*metadata.ConfigRecord](), reflect.TypeFor[*metadata.Group](), reflect.TypeFor[*metadata.Offset](),
	reflect.TypeFor[*metadata.PendingOffset](), reflect.TypeFor[*metadata.Transaction](), reflect.TypeFor[*metadata.Segment](),
	reflect.TypeFor[*metadata.ClusterRecord](),
}

var (
	operationType = reflect.TypeFor[metadata.BatchOperation]()
	batchType     = reflect.TypeFor[metadata.BatchSpec]()
	responseType  = reflect.TypeFor[metadata.Response]()
)

// filler makes values in which nothing is zero and no two numbers are equal. Of
// what must be one of several it makes all, where there is a list for them.
type filler struct {
	n       int
	nesting int // of batches or responses within others
}

func (f *filler) fill(typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	f.n++
	switch {
	case f.fillChoice(v):
	case isEnum(typ):
		v.SetUint(uint64(f.n%3) + 1)
	case typ.Kind() == reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(f.fill(typ.Elem()))
	case typ.Kind() == reflect.Slice:
		v.Set(reflect.Append(v, f.fill(typ.Elem()), f.fill(typ.Elem())))
	case typ.Kind() == reflect.Struct:
		f.fillFields(v)
	case typ.Kind() == reflect.Array:
		v.Index(0).SetUint(uint64(f.n>>8) + 1)
		v.Index(1).SetUint(uint64(f.n & 0xff))
	case typ.Kind() == reflect.Bool:
		v.SetBool(true)
	case typ.Kind() == reflect.String:
		v.SetString(fmt.Sprintf("s%d", f.n))
	case v.CanInt():
		v.SetInt(int64(f.n))
	case typ.Kind() == reflect.Uint8:
		v.SetUint(uint64(f.n%255) + 1)
	default:
		v.SetUint(uint64(f.n))
	}
	return v
}

func (f *filler) fillFields(v reflect.Value) {
	if nests(v.Type()) {
		f.nesting++
		defer func() { f.nesting-- }()
	}
	for i := range v.NumField() {
		if f.nesting > 2 && leadsBack(v.Type(), i) {
			continue
		}
		v.Field(i).Set(f.fill(v.Type().Field(i).Type))
	}
}

// fillChoice fills what isn't the sum of its fields.
func (f *filler) fillChoice(v reflect.Value) bool {
	switch to := v.Addr().Interface().(type) {
	case *[]metadata.BatchOperation:
		for i := range operationType.NumField() {
			if f.nesting < 2 || operationType.Field(i).Name != "Batch" {
				*to = append(*to, f.operation(i))
			}
		}
	case *[]metadata.Precondition:
		key := reflect.TypeFor[metadata.Key]()
		*to = []metadata.Precondition{
			{Record: f.fill(key).Interface().(metadata.Key), Expected: metadata.ExpectExists},
			{Record: f.fill(key).Interface().(metadata.Key), Expected: metadata.ExpectAbsent},
			{Record: f.fill(key).Interface().(metadata.Key), Expected: metadata.ExpectRevision, Revision: uint64(f.n)},
		}
	case *[]metadata.Change:
		for _, typ := range records {
			*to = append(*to, metadata.Change{
				Before: f.fill(typ).Interface().(metadata.Record), After: f.fill(typ).Interface().(metadata.Record),
			})
		}
	case *metadata.Fate:
		*to = metadata.FateAnswered // the one with an answer
	default:
		return false
	}
	return true
}

// operation is field i of one.
func (f *filler) operation(i int) (o metadata.BatchOperation) {
	reflect.ValueOf(&o).Elem().Field(i).Set(f.fill(operationType.Field(i).Type))
	return o
}

// drawer makes any values that a caller could have.
type drawer struct {
	t       *rapid.T
	nesting int // of batches or responses within others
}

// drawn is a value that is there; what it points to may not be.
func (d *drawer) drawn(typ reflect.Type) reflect.Value {
	if typ.Kind() != reflect.Pointer {
		return d.draw(typ)
	}
	v := reflect.New(typ.Elem())
	v.Elem().Set(d.draw(typ.Elem()))
	return v
}

func (d *drawer) draw(typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case d.drawChoice(v):
	case isEnum(typ):
		v.SetUint(rapid.Uint64Range(0, 255).Draw(d.t, typ.Name()))
	case typ.Kind() == reflect.Pointer:
		if rapid.Bool().Draw(d.t, "present") {
			v.Set(d.drawn(typ))
		}
	case typ.Kind() == reflect.Slice:
		for range rapid.IntRange(0, 3).Draw(d.t, "len") {
			v.Set(reflect.Append(v, d.draw(typ.Elem())))
		}
	case typ.Kind() == reflect.Struct:
		d.drawFields(v)
	case typ.Kind() == reflect.Array:
		v.Index(3).SetUint(uint64(rapid.Byte().Draw(d.t, "byte")))
	case typ.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(d.t, "bool"))
	case typ.Kind() == reflect.String:
		v.SetString(rapid.String().Draw(d.t, "string"))
	case v.CanInt():
		v.SetInt(rapid.Int64().Draw(d.t, "int") >> (64 - typ.Bits()))
	default:
		v.SetUint(rapid.Uint64().Draw(d.t, "uint"))
	}
	return v
}

func (d *drawer) drawFields(v reflect.Value) {
	if nests(v.Type()) {
		d.nesting++
		defer func() { d.nesting-- }()
	}
	for i := range v.NumField() {
		if d.nesting > 2 && leadsBack(v.Type(), i) {
			continue
		}
		v.Field(i).Set(d.draw(v.Type().Field(i).Type))
	}
}

// drawChoice draws what isn't any sum of its fields.
func (d *drawer) drawChoice(v reflect.Value) bool {
	switch to := v.Addr().Interface().(type) {
	case *metadata.WriteOptions:
		*to = d.writeOptions()
	case *metadata.BatchOperation:
		*to = d.operation()
	case *metadata.Precondition:
		to.Record = d.draw(reflect.TypeFor[metadata.Key]()).Interface().(metadata.Key)
		if to.Expected = metadata.Expectation(rapid.IntRange(0, 3).Draw(d.t, "expected")); to.Expected == metadata.ExpectRevision {
			to.Revision = rapid.Uint64().Draw(d.t, "revision")
		}
	case *metadata.Change:
		*to = d.change()
	case *metadata.Outcome:
		if to.Fate = metadata.Fate(rapid.IntRange(0, 255).Draw(d.t, "fate")); to.Fate == metadata.FateAnswered {
			to.Answer = d.draw(reflect.TypeFor[metadata.Result]()).Interface().(metadata.Result)
		}
	default:
		return false
	}
	return true
}

// writeOptions keep the two halves of a request id together.
func (d *drawer) writeOptions() metadata.WriteOptions {
	o := metadata.WriteOptions{ValidateOnly: rapid.Bool().Draw(d.t, "validate")}
	if rapid.Bool().Draw(d.t, "id") {
		o.RequestID = metadata.RequestID{rapid.ByteRange(1, 255).Draw(d.t, "id")}
		o.FirstRevision = new(rapid.Uint64().Draw(d.t, "first"))
	}
	return o
}

// operation has one field. A batch is drawn within a batch only so often.
func (d *drawer) operation() (o metadata.BatchOperation) {
	i := rapid.IntRange(0, operationType.NumField()-1).Draw(d.t, "operation")
	if operationType.Field(i).Name == "Batch" && d.nesting > 1 {
		i = 0
	}
	reflect.ValueOf(&o).Elem().Field(i).Set(d.drawn(operationType.Field(i).Type))
	return o
}

func (d *drawer) change() (c metadata.Change) {
	typ := rapid.SampledFrom(records).Draw(d.t, "record")
	before, after := rapid.Bool().Draw(d.t, "before"), rapid.Bool().Draw(d.t, "after")
	if before || !after {
		c.Before = d.drawn(typ).Interface().(metadata.Record)
	}
	if after {
		c.After = d.drawn(typ).Interface().(metadata.Record)
	}
	return c
}

func isEnum(typ reflect.Type) bool { return typ.Kind() == reflect.Uint8 && typ.Name() != "uint8" }

// nests reports whether a value of the type may hold others of it.
func nests(typ reflect.Type) bool { return typ == batchType || typ == responseType }

// leadsBack reports whether field i of a type holds responses within a response.
func leadsBack(typ reflect.Type, i int) bool {
	name := typ.Field(i).Name
	return typ == responseType && (name == "Settled" || name == "Batch")
}
