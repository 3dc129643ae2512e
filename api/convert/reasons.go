package convert

import (
	"errors"

	"google.golang.org/grpc/codes"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Domain is that of every ErrorInfo of a node.
const Domain = "metalog"

// Reasons that are neither a code of Kafka's nor one of a backend's.
const (
	ReasonOutcomeUnknown = "OUTCOME_UNKNOWN"   // a write that may or may not take effect
	ReasonUnavailable    = "UNAVAILABLE"       // this node can't answer now
	ReasonSealed         = "SEALED"            // the state has moved to another cluster
	ReasonDeadline       = "DEADLINE_EXCEEDED" // of a read
	ReasonCanceled       = "CANCELED"          // of a read
	ReasonInternal       = "INTERNAL_ERROR"    // a bug, or nothing better is known
)

// backendReason is a row for an sdk.Reason. Its name never equals one of
// Kafka's: the two meet in the same field.
type backendReason struct {
	reason sdk.Reason
	name   string
	code   codes.Code
}

var backendReasons = []backendReason{
	{0, "UNSPECIFIED", codes.Unavailable},
	{sdk.ReasonNoQuorum, "NO_QUORUM", codes.Unavailable},
	{sdk.ReasonOverloaded, "OVERLOADED", codes.ResourceExhausted},
	{sdk.ReasonTooLarge, "ENTRY_TOO_LARGE", codes.InvalidArgument},
	{sdk.ReasonUnsupported, "BACKEND_UNSUPPORTED", codes.Unimplemented},
	{sdk.ReasonTimeout, "TIMEOUT", codes.DeadlineExceeded},
	{sdk.ReasonInternal, "BACKEND_INTERNAL", codes.Internal},
	{sdk.ReasonClosed, "BACKEND_CLOSED", codes.Unavailable},
	{sdk.ReasonConflict, "BACKEND_CONFLICT", codes.Aborted},
	{sdk.ReasonInvalidConfig, "BACKEND_CONFIG_INVALID", codes.FailedPrecondition},
	{sdk.ReasonWrongData, "WRONG_DATA", codes.FailedPrecondition},
	{sdk.ReasonCorrupt, "CORRUPT", codes.DataLoss},
	{sdk.ReasonIncompatible, "INCOMPATIBLE", codes.FailedPrecondition},
	{sdk.ReasonDiverged, "DIVERGED", codes.DataLoss},
}

func rowOf(r sdk.Reason) backendReason {
	for _, row := range backendReasons {
		if row.reason == r {
			return row
		}
	}
	return backendReasons[0]
}

// rowFor is the row that err has because of e, in its chain. A seal is no failure of
// a backend's, and has a name of its own.
func rowFor(err error, e *sdk.Error) backendReason {
	if errors.Is(err, metadata.ErrSealed) {
		return backendReason{e.Reason, ReasonSealed, codes.FailedPrecondition}
	}
	return rowOf(e.Reason)
}

func rowNamed(name string) (backendReason, bool) {
	for _, row := range backendReasons {
		if row.name == name {
			return row, true
		}
	}
	return backendReason{}, false
}

// kinds says which canonical code a kind of refusal has.
var kinds = []struct {
	kind error
	code codes.Code
}{
	{metadata.ErrNotFound, codes.NotFound},
	{metadata.ErrAlreadyExists, codes.AlreadyExists},
	{metadata.ErrInvalid, codes.InvalidArgument},
	{metadata.ErrConflict, codes.Aborted},
	{metadata.ErrFenced, codes.FailedPrecondition},
	{metadata.ErrTooLarge, codes.InvalidArgument},
	{metadata.ErrUnsupported, codes.FailedPrecondition},
}

func refusalCode(e *metadata.Error) codes.Code {
	for _, row := range kinds {
		if e.Is(row.kind) {
			return row.code
		}
	}
	return codes.Unknown
}
