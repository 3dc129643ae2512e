package convert

import (
	"errors"
	"math"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// code refuses what isn't one of Kafka's numbers, which have 16 bits.
func code(n int32) (metadata.Code, error) {
	c, err := int16Of("code", n)
	return metadata.Code(c), err
}

// int16Of never cuts a number.
func int16Of(field string, n int32) (int16, error) {
	if n < math.MinInt16 || n > math.MaxInt16 {
		return 0, Invalid("%s: %d doesn't fit into 16 bits", field, n)
	}
	return int16(n), nil
}

func itemErrorProto(e metadata.ItemError) *metalogv1.ItemError {
	return &metalogv1.ItemError{Index: e.Index, Code: int32(e.Code)}
}

func itemError(p *metalogv1.ItemError) (metadata.ItemError, error) {
	c, err := code(p.GetCode())
	return metadata.ItemError{Index: p.GetIndex(), Code: c}, err
}

// ItemErrorsProto are the items that were refused, for the wire.
func ItemErrorsProto(es []metadata.ItemError) []*metalogv1.ItemError { return each(es, itemErrorProto) }

// CommittedItems reads the answer to any write of items.
func CommittedItems(p interface {
	GetWritten() *metalogv1.Written
	GetFailed() []*metalogv1.ItemError
},
) (metadata.CommittedItems, error) {
	w, err := Written(p.GetWritten())
	failed, errFailed := eachErr(p.GetFailed(), itemError)
	return metadata.CommittedItems{Written: w, Failed: failed}, errors.Join(err, errFailed)
}

// Answered is an answer that may come with a refusal, which a status couldn't
// carry both of.
type Answered[T any] struct {
	Value   T
	Refusal *metadata.Error // nil: none
}

// Answer takes a refusal into the answer, if withAnswer says that there is one
// beside it.
func Answer[T any](value T, err error, withAnswer bool) (Answered[T], error) {
	if refusal, ok := err.(*metadata.Error); ok && withAnswer { //nolint:errorlint // a wrapped one says more, and goes as a status
		return Answered[T]{value, refusal}, nil
	}
	return Answered[T]{Value: value}, err
}

// Result is the answer and the refusal as a method returns them.
func (a Answered[T]) Result() (T, error) {
	if a.Refusal != nil {
		return a.Value, a.Refusal
	}
	return a.Value, nil
}

func refusalProto(e *metadata.Error) *metalogv1.Refusal {
	if e == nil {
		return nil
	}
	return &metalogv1.Refusal{Code: int32(e.Code), Message: e.Message, Revision: e.Revision, Deduplicated: e.Deduplicated}
}

func refusal(p *metalogv1.Refusal) (*metadata.Error, error) {
	if p == nil {
		return nil, nil
	}
	c, err := code(p.GetCode())
	return &metadata.Error{Code: c, Message: p.GetMessage(), Revision: p.GetRevision(), Deduplicated: p.GetDeduplicated()}, err
}
