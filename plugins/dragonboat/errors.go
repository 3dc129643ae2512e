package dragonboat

import (
	"context"
	"errors"
	"fmt"

	library "github.com/lni/dragonboat/v4"

	"github.com/chronik-stream/metalog/sdk"
)

func noQuorum(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonConflict, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
}

func wrongData(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonWrongData, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
}

func internal(message string, err error) error {
	return &sdk.Error{Reason: sdk.ReasonInternal, Message: message, Err: err}
}

func errClosed(o sdk.Outcome) error {
	return &sdk.Error{Reason: sdk.ReasonClosed, Outcome: o, Message: "the session has ended"}
}

func gaveUp(ctx context.Context, what string, o sdk.Outcome) error {
	return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: o, Message: what, Err: context.Cause(ctx)}
}

// ofRequest is why the library didn't take a request. All these come before it is
// queued, so that it is surely nowhere; an error that isn't known leaves that open.
func ofRequest(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, library.ErrSystemBusy):
		return &sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended, RetryAfter: retryBusy, Message: what + ": this node has too much to do, try again in a moment"}
	case errors.Is(err, library.ErrPayloadTooBig):
		return &sdk.Error{Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended, Message: what + ": too large"}
	case errors.Is(err, library.ErrShardNotReady), errors.Is(err, library.ErrShardNotInitialized), errors.Is(err, library.ErrShardNotFound):
		return noQuorum("%s: this node isn't ready yet, or no member any more", what)
	case errors.Is(err, library.ErrShardClosed), errors.Is(err, library.ErrClosed):
		return errClosed(sdk.NotAppended)
	case errors.Is(err, library.ErrTimeoutTooSmall), errors.Is(err, library.ErrInvalidDeadline):
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: what + ": no time was left for it"}
	}
	return internal(what, err)
}

// ofResult is what became of a request that was queued. The library says "dropped"
// only of what it hasn't handed to anybody.
func ofResult(what string, r library.RequestResult) error {
	switch {
	case r.Completed():
		return nil
	case r.Dropped():
		return noQuorum("%s: no leader took it", what)
	case r.Rejected():
		return conflict("%s: the members have changed meanwhile: look again, then decide anew", what)
	case r.Terminated():
		return errClosed(sdk.Unknown)
	}
	return &sdk.Error{Reason: sdk.ReasonTimeout, Message: what + ": there was no answer in time"}
}

// leaderless reports whether err says that nothing was appended and that
// another leader may take it.
func leaderless(err error) bool { return errors.Is(err, sdk.ErrNoQuorum) }
