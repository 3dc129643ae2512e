package hashiraft

import (
	"errors"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

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
		return membership.NoQuorum("%s: the leader has changed or is about to: try again", what)
	case errors.Is(err, raft.ErrEnqueueTimeout):
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: what + ": the leader was busy until the deadline"}
	case errors.Is(err, raft.ErrLeadershipLost):
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: what + ": leadership was lost before it was committed, another leader may still commit it"}
	case errors.Is(err, raft.ErrRaftShutdown):
		return membership.Closed(sdk.Unknown)
	}
	return membership.Internal(what, err)
}
