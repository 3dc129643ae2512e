package host

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// maxTarget is how long the text may be that says where a state has moved to.
const maxTarget = 1024

// SealStatus is where a cluster was sealed.
type SealStatus struct {
	Target   string          // where its state has moved to
	Revision uint64          // the last one; no write comes after it until an unseal
	Digest   metadata.Digest // of the state there
}

// Seal makes every node of the cluster refuse writes (metadata.ErrSealed) and name
// target, and returns once that is so on this node: every write that was or will be
// acknowledged anywhere has a revision up to the one returned. Reads go on. A
// second seal changes the target.
//
// An error that matches sdk.ErrNotAppended says that this call has changed nothing,
// and any other that it may have: a seal may always be repeated. Without a session
// of the backend it waits for one until ctx ends.
func (s *Store) Seal(ctx context.Context, target string) (SealStatus, error) {
	if err := checkTarget(target); err != nil {
		return SealStatus{}, err
	}
	err := s.orders.carryOut(ctx, func() *eventpb.Entry { return s.orders.author.seal(target) },
		func() bool { return s.board.latest.Load().seal == target })
	if err != nil {
		return SealStatus{}, err
	}
	v := s.board.latest.Load()
	if v.seal != target {
		return SealStatus{}, &sdk.Error{Reason: sdk.ReasonConflict, Message: "the seal was changed or lifted again meanwhile: look at the status"}
	}
	return SealStatus{Target: target, Revision: v.state.Revision(), Digest: v.state.Digest()}, nil
}

// Unseal lifts a seal, if there is one, and returns once that is so on this node.
// Its errors are like Seal's.
func (s *Store) Unseal(ctx context.Context) error {
	return s.orders.carryOut(ctx, s.orders.author.unseal, func() bool { return s.board.latest.Load().seal == "" })
}

// checkTarget refuses what no cluster can be sealed with.
func checkTarget(target string) error {
	if target == "" || len(target) > maxTarget || !utf8.ValidString(target) {
		return &sdk.Error{
			Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: "target",
			Message: fmt.Sprintf("must be UTF-8 text of 1 to %d bytes that says where the state has moved to", maxTarget),
		}
	}
	return nil
}
