package dragonboat

import (
	"errors"

	library "github.com/lni/dragonboat/v4"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

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
		return membership.NoQuorum("%s: this node isn't ready yet, or no member any more", what)
	case errors.Is(err, library.ErrShardClosed), errors.Is(err, library.ErrClosed):
		return membership.Closed(sdk.NotAppended)
	case errors.Is(err, library.ErrTimeoutTooSmall), errors.Is(err, library.ErrInvalidDeadline):
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: what + ": no time was left for it"}
	}
	return membership.Internal(what, err)
}

// ofResult is what became of a request that was queued. The library says "dropped"
// only of what it hasn't handed to anybody.
func ofResult(what string, r library.RequestResult) error {
	switch {
	case r.Completed():
		return nil
	case r.Dropped():
		return membership.NoQuorum("%s: no leader took it", what)
	case r.Rejected():
		return membership.Conflict("%s: the members have changed meanwhile: look again, then decide anew", what)
	case r.Terminated():
		return membership.Closed(sdk.Unknown)
	}
	return &sdk.Error{Reason: sdk.ReasonTimeout, Message: what + ": there was no answer in time"}
}
