package hashiraft

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/sdk"
)

func noQuorum(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
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

// ofLibrary is an error of the library with what it lets one believe. Only
// what is refused before the leader appends is surely nowhere, and what its disk
// has surely not taken: it sends nothing that it doesn't have.
func ofLibrary(what string, err error) error {
	var own *sdk.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own) && own.Outcome == sdk.NotAppended:
		return own
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipTransferInProgress):
		return noQuorum("%s: the leader has changed or is about to: try again", what)
	case errors.Is(err, raft.ErrEnqueueTimeout):
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: what + ": the leader was busy until the deadline"}
	case errors.Is(err, raft.ErrLeadershipLost):
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: what + ": leadership was lost before it was committed, another leader may still commit it"}
	case errors.Is(err, raft.ErrRaftShutdown):
		return errClosed(sdk.Unknown)
	}
	return internal(what, err)
}

// leaderless reports whether err says that nothing was appended and that
// another leader may take it.
func leaderless(err error) bool { return errors.Is(err, sdk.ErrNoQuorum) }
