package membership

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// What a backend of several nodes says where the outcome is certain.

// NoQuorum says that nothing was done, for want of a leader or a majority.
func NoQuorum(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
}

// Conflict says that nothing was done, since something isn't as it was expected.
func Conflict(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonConflict, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
}

// WrongData ends a session whose directory isn't a member's.
func WrongData(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonWrongData, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
}

// Internal leaves the outcome open.
func Internal(message string, err error) error {
	return &sdk.Error{Reason: sdk.ReasonInternal, Message: message, Err: err}
}

// Closed says that the session has ended.
func Closed(o sdk.Outcome) error {
	return &sdk.Error{Reason: sdk.ReasonClosed, Outcome: o, Message: "the session has ended"}
}

// GaveUp says that the caller's time is up, or whatever else has ended ctx.
func GaveUp(ctx context.Context, what string, o sdk.Outcome) error {
	return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: o, Message: what, Err: context.Cause(ctx)}
}

// leaderless reports whether err says that nothing was appended and that
// another leader may take it.
func leaderless(err error) bool { return errors.Is(err, sdk.ErrNoQuorum) }
