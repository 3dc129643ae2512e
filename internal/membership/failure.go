package membership

import (
	"errors"

	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// FailureOf carries an error to the other side.
func FailureOf(err error) *peerpb.Failure {
	if err == nil {
		return nil
	}
	f := &peerpb.Failure{Reason: uint32(sdk.ReasonInternal), Message: err.Error()}
	var e *sdk.Error
	if errors.As(err, &e) {
		f.Reason, f.NotAppended = uint32(e.Reason), e.Outcome == sdk.NotAppended
	}
	return f
}

// Answered is what came of a call: an error of the transport leaves everything
// open.
func Answered(err error, f *peerpb.Failure) error {
	switch {
	case err != nil:
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: "the leader didn't answer", Err: err}
	case f == nil:
		return nil
	}
	e := &sdk.Error{Reason: sdk.Reason(f.GetReason()), Message: f.GetMessage()}
	if f.GetNotAppended() {
		e.Outcome = sdk.NotAppended
	}
	return e
}
