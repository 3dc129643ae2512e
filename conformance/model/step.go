package model

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// Step is one thing that is done to every store alike: a write, or, with no
// operation, one of the others.
type Step struct {
	ID            metadata.RequestID      `json:",omitzero"`
	FirstRevision uint64                  `json:",omitzero"`
	AtMS          int64                   `json:",omitzero"` // what the clock shows
	Operation     metadata.BatchOperation `json:",omitzero"`

	Mark    *metadata.Watermark `json:",omitzero"` // SetHighWatermark
	Restart bool                `json:",omitzero"` // close and open what can be
	Compact bool                `json:",omitzero"` // replace the log by a snapshot where that can be
	Elect   bool                `json:",omitzero"` // have another node lead, where there are several
	Bounce  int                 `json:",omitzero"` // close and open one node while the others go on: the first is 1
	Check   bool                `json:",omitzero"` // compare all records, and the digests
}

// Sequence is steps in their order.
type Sequence []Step

func (s Step) String() string {
	switch {
	case s.Mark != nil:
		return "SetHighWatermark " + show(*s.Mark)
	case s.Restart:
		return "restart"
	case s.Compact:
		return "compact"
	case s.Elect:
		return "another leads"
	case s.Bounce != 0:
		return fmt.Sprintf("restart of node %d", s.Bounce)
	case s.Check:
		return "check"
	}
	return fmt.Sprintf("%s@%d %dms %s %s", strings.TrimLeft(s.ID.String(), "0"), s.FirstRevision, s.AtMS,
		Name(s.Operation), show(field(s.Operation).Elem().Interface()))
}

func (s Sequence) String() string {
	var b strings.Builder
	for i, step := range s {
		fmt.Fprintf(&b, "%3d %s\n", i, step)
	}
	return b.String()
}

// Name is what an operation is called.
func Name(op metadata.BatchOperation) string {
	v := reflect.ValueOf(op)
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			return v.Type().Field(i).Name
		}
	}
	return ""
}

// field is the one field of an operation that is set.
func field(op metadata.BatchOperation) reflect.Value {
	return reflect.ValueOf(op).FieldByName(Name(op))
}

// GoString is what rapid shows of a sequence that fails.
func (s Sequence) GoString() string { return "\n" + s.String() }
