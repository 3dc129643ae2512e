package model

import (
	"errors"
	"reflect"

	"github.com/chronik-stream/metalog/metadata"
)

// validate says what is wrong with a step that nothing here made.
func (s Step) validate() error {
	things := operations(s.Operation)
	for _, does := range []bool{s.Mark != nil, s.Restart, s.Compact, s.Elect, s.Bounce != 0, s.Check} {
		if does {
			things++
		}
	}
	if s.Bounce < 0 {
		return errors.New("nodes are numbered from 1")
	}
	if things != 1 {
		return errors.New("it must be exactly one thing to do")
	}
	return validateInner(s.Operation)
}

func validateInner(op metadata.BatchOperation) error {
	if op.Batch == nil {
		return nil
	}
	for _, inner := range op.Batch.Operations {
		if operations(inner) != 1 {
			return errors.New("its batch must hold operations of exactly one thing to do each")
		}
		if err := validateInner(inner); err != nil {
			return err
		}
	}
	return nil
}

// operations is how many fields of op are set.
func operations(op metadata.BatchOperation) (n int) {
	v := reflect.ValueOf(op)
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			n++
		}
	}
	return n
}
