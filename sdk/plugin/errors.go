package plugin

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// reasons is the one table of causes, read both ways: the wire's name for it,
// and the gRPC code of a call that fails with it.
var reasons = []struct {
	reason sdk.Reason
	wire   backendpb.Reason
	code   codes.Code
}{
	{0, backendpb.Reason_REASON_UNSPECIFIED, codes.Unknown},
	{sdk.ReasonNoQuorum, backendpb.Reason_REASON_NO_QUORUM, codes.Unavailable},
	{sdk.ReasonOverloaded, backendpb.Reason_REASON_OVERLOADED, codes.ResourceExhausted},
	{sdk.ReasonTooLarge, backendpb.Reason_REASON_TOO_LARGE, codes.InvalidArgument},
	{sdk.ReasonUnsupported, backendpb.Reason_REASON_UNSUPPORTED, codes.Unimplemented},
	{sdk.ReasonTimeout, backendpb.Reason_REASON_TIMEOUT, codes.DeadlineExceeded},
	{sdk.ReasonInternal, backendpb.Reason_REASON_INTERNAL, codes.Internal},
	{sdk.ReasonClosed, backendpb.Reason_REASON_CLOSED, codes.Unavailable},
	{sdk.ReasonConflict, backendpb.Reason_REASON_CONFLICT, codes.Aborted},
	{sdk.ReasonInvalidConfig, backendpb.Reason_REASON_INVALID_CONFIG, codes.InvalidArgument},
	{sdk.ReasonWrongData, backendpb.Reason_REASON_WRONG_DATA, codes.FailedPrecondition},
	{sdk.ReasonCorrupt, backendpb.Reason_REASON_CORRUPT, codes.DataLoss},
	{sdk.ReasonIncompatible, backendpb.Reason_REASON_INCOMPATIBLE, codes.FailedPrecondition},
	{sdk.ReasonDiverged, backendpb.Reason_REASON_DIVERGED, codes.DataLoss},
}

func reasonToPB(r sdk.Reason) (backendpb.Reason, codes.Code) {
	for _, row := range reasons {
		if row.reason == r {
			return row.wire, row.code
		}
	}
	return backendpb.Reason_REASON_INTERNAL, codes.Internal
}

// A cause this version doesn't know is an internal error of the other end (R14).
func reasonFromPB(r backendpb.Reason) sdk.Reason {
	for _, row := range reasons {
		if row.wire == r {
			return row.reason
		}
	}
	return sdk.ReasonInternal
}

func outcomeToPB(o sdk.Outcome) backendpb.Outcome {
	if o == sdk.NotAppended {
		return backendpb.Outcome_OUTCOME_NOT_APPENDED
	}
	return backendpb.Outcome_OUTCOME_UNKNOWN
}

func outcomeFromPB(o backendpb.Outcome) sdk.Outcome {
	if o == backendpb.Outcome_OUTCOME_NOT_APPENDED {
		return sdk.NotAppended
	}
	return sdk.Unknown
}

// failureOf is what the wire says of err; nil for nil. A cause behind an
// *sdk.Error is folded into its message.
func failureOf(err error) *backendpb.Failure {
	if err == nil {
		return nil
	}
	e := errorOf(err)
	reason, _ := reasonToPB(e.Reason)
	return &backendpb.Failure{
		Reason: reason, Outcome: outcomeToPB(e.Outcome), Message: text(messageOf(e)),
		RetryAfterMs: e.RetryAfter.Milliseconds(), Field: text(e.Field),
	}
}

func errorFromPB(f *backendpb.Failure) error {
	if f == nil {
		return nil
	}
	return &sdk.Error{
		Reason: reasonFromPB(f.GetReason()), Outcome: outcomeFromPB(f.GetOutcome()), Message: f.GetMessage(),
		RetryAfter: time.Duration(f.GetRetryAfterMs()) * time.Millisecond, Field: f.GetField(),
	}
}

// errorOf makes any error one of the contract's. What says nothing of an
// outcome has an unknown one (R8).
func errorOf(err error) *sdk.Error {
	var e *sdk.Error
	switch {
	case errors.As(err, &e):
		if err.Error() == e.Error() { // nothing was said around it
			return e
		}
		return &sdk.Error{Reason: e.Reason, Outcome: e.Outcome, RetryAfter: e.RetryAfter, Message: err.Error(), Field: e.Field}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &sdk.Error{Reason: sdk.ReasonTimeout, Err: err}
	default:
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: err.Error()}
	}
}

// messageOf is e.Error without the field, which travels beside it.
func messageOf(e *sdk.Error) string {
	plain := *e
	plain.Field = ""
	return plain.Error()
}

// statusOf is err as the end of a gRPC call, with all that a Failure can say.
func statusOf(err error) error {
	if err == nil {
		return nil
	}
	_, code := reasonToPB(errorOf(err).Reason)
	f := failureOf(err)
	s, detailErr := status.New(code, f.GetMessage()).WithDetails(f)
	if detailErr != nil {
		return status.Error(code, f.GetMessage())
	}
	return s.Err()
}

// transportError reads the end of a gRPC call. What came without a Failure was
// said by the transport, which doesn't know whether the call was carried out.
func transportError(err error) error {
	if err == nil {
		return nil
	}
	s := status.Convert(err)
	for _, d := range s.Details() {
		if f, ok := d.(*backendpb.Failure); ok {
			return errorFromPB(f)
		}
	}
	e := &sdk.Error{Reason: sdk.ReasonClosed, Message: "the connection to the plugin failed: " + s.Message()}
	switch s.Code() {
	case codes.DeadlineExceeded:
		e.Reason, e.Message = sdk.ReasonTimeout, "the plugin did not answer in time"
	case codes.Unimplemented:
		e.Reason, e.Outcome = sdk.ReasonUnsupported, sdk.NotAppended
		e.Message = "the plugin does not know this call: " + s.Message()
	case codes.Internal, codes.ResourceExhausted:
		e.Reason = sdk.ReasonInternal
	default:
	}
	return e
}
