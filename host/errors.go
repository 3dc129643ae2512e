package host

import (
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// errStopping answers what comes after Close has begun.
var errStopping = notAppended(sdk.ReasonClosed, "this node is being stopped; try another", nil)

func notAppended(reason sdk.Reason, message string, err error) error {
	return &sdk.Error{Reason: reason, Outcome: sdk.NotAppended, Message: message, Err: err}
}

func errUnknown(why string) error {
	return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.Unknown, Message: "outcome unknown: " + why}
}

// shutOutError refuses a write because of what the cluster is: it was not appended,
// and kind is why.
type shutOutError struct {
	failure *sdk.Error
	kind    error
}

func (s shutOutError) Error() string { return s.failure.Error() }

// Unwrap makes it both.
func (s shutOutError) Unwrap() []error { return []error{s.failure, s.kind} }

// errSealed refuses writes to a cluster whose state is elsewhere now.
func errSealed(target string) error {
	message := "this cluster is sealed: its state has moved to " + target + ", write there; nothing was applied here"
	return shutOutError{&sdk.Error{Outcome: sdk.NotAppended, Message: message}, metadata.ErrSealed}
}

// errImporting refuses writes while there is only part of a state.
func errImporting(bytes int64) error {
	return shutOutError{&sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended, Message: whyHalf(bytes)}, metadata.ErrUnavailable}
}

// halfRead refuses reads for the same reason.
func halfRead(bytes int64) error { return &unavailable{whyHalf(bytes), nil} }

func whyHalf(bytes int64) string {
	return fmt.Sprintf("this cluster is importing a snapshot, %d bytes so far, and serves nothing before it has all of it", bytes)
}

// unavailable refuses a read for now.
type unavailable struct {
	why   string
	cause error // nil: none beyond why
}

func (u *unavailable) Error() string {
	if u.cause != nil {
		return "unavailable: " + u.why + ": " + u.cause.Error()
	}
	return "unavailable: " + u.why
}

// Is matches ErrUnavailable, and the cause but for its outcome: a read has none.
func (u *unavailable) Is(target error) bool {
	if target == metadata.ErrUnavailable {
		return true
	}
	return target != sdk.ErrOutcomeUnknown && target != sdk.ErrNotAppended && errors.Is(u.cause, target)
}

// refusal is a result as the error of a write. What was forgotten (G7) is a
// refusal that leaves the outcome open.
func refusal(res metadata.Result) error {
	err := res.Err()
	if res.Code == metadata.CodeRequestTimedOut {
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.Unknown, Message: "outcome unknown", Err: err}
	}
	return err
}

// repeatable adds to an unknown outcome what the caller needs to repeat the
// write.
func repeatable(err error, req request) error {
	var e *sdk.Error
	if !errors.As(err, &e) || e.Outcome != sdk.Unknown {
		return err
	}
	return fmt.Errorf("%w; repeat it with request id %s and first revision %d", err, req.id, req.firstRevision)
}
