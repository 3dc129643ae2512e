package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// capabilities is honesty both ways: what is claimed is there, what isn't claimed
// is absent. That a claimed fact holds is what the other families ask.
func capabilities() []trial.Case {
	return []trial.Case{
		{
			ID: "CAP-001", Title: "every claimed ability", Rule: "claims", Profile: trial.Core, Run: claimedThere,
			Promise: "An ability that is claimed is there.",
		},
		{
			ID: "CAP-002", Title: "every ability that isn't claimed", Rule: "claims", Profile: trial.Core, Run: unclaimedAbsent,
			Promise: "An ability that isn't claimed is refused as UNSUPPORTED and NOT_APPENDED, and does nothing.",
		},
		{
			ID: "CAP-003", Title: "snapshots, claimed or not", Rule: "claims", Profile: trial.Core, Run: onOne(snapshotsAsClaimed),
			Promise: "A backend asks for snapshots only if it claims to.",
		},
		{
			ID: "CAP-004", Title: "claims that go together", Rule: "claims", Profile: trial.Core, Run: claimsConsistent,
			Promise: "Each claim is made once; membership and transfer need replicated, compact needs snapshots.",
		},
	}
}

// ability is one of the contract's, and a call of it that can do no harm.
type ability struct {
	claim sdk.Claim
	call  func(context.Context, sdk.Backend) (there bool, err error)
}

func abilities() []ability {
	return []ability{
		{sdk.CanReadBarrier, asking(func(ctx context.Context, b sdk.ReadBarrierer) error { return b.ReadBarrier(ctx) })},
		{sdk.CanTransfer, asking(func(ctx context.Context, b sdk.Transferer) error { return b.TransferLeadership(ctx, "nobody") })},
		{sdk.CanMembership, asking(func(ctx context.Context, b sdk.Membership) error { return b.Promote(ctx, "nobody", nil) })},
		{sdk.CanCompact, asking(func(ctx context.Context, b sdk.Compacter) error { return b.Compact(ctx) })},
	}
}

func asking[T any](do func(context.Context, T) error) func(context.Context, sdk.Backend) (bool, error) {
	return func(ctx context.Context, b sdk.Backend) (bool, error) {
		a, ok := b.(T)
		if !ok {
			return false, nil
		}
		return true, do(ctx, a)
	}
}

func claimedThere(ctx context.Context, s *trial.Stage) error {
	return eachAbility(ctx, s, true, func(a ability, there bool, err error) error {
		switch {
		case !there:
			return fmt.Errorf("%s is claimed, and the backend has no such method", a.claim)
		case errors.Is(err, sdk.ErrUnsupported):
			return fmt.Errorf("%s is claimed, and is refused as unsupported: %w", a.claim, err)
		}
		return nil
	})
}

func unclaimedAbsent(ctx context.Context, s *trial.Stage) error {
	return eachAbility(ctx, s, false, func(a ability, there bool, err error) error {
		if there && (!errors.Is(err, sdk.ErrUnsupported) || !errors.Is(err, sdk.ErrNotAppended)) {
			return fmt.Errorf("%s isn't claimed, and a call of it is answered: %w. Claim it, or take it out", a.claim, orNil(err))
		}
		return nil
	})
}

func eachAbility(ctx context.Context, s *trial.Stage, claimed bool, judge func(a ability, there bool, err error) error) error {
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	if err := n.Propose(ctx, []byte("something to work on")); err != nil {
		return err
	}
	if err := awaitCount(ctx, s, n.Machine, 1); err != nil {
		return err
	}
	for _, a := range abilities() {
		if s.Info.Claims.Has(a.claim) != claimed {
			continue
		}
		var there bool
		err := n.Call(ctx, string(a.claim), func(ctx context.Context, b sdk.Backend) (err error) {
			there, err = a.call(ctx, b)
			return err
		})
		if trial.IsHang(err) {
			return err
		}
		if err := judge(a, there, err); err != nil {
			return err
		}
	}
	return nil
}

func snapshotsAsClaimed(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := loadAndSettle(ctx, s, &offers, n, "load", 16, 60); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	again, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	if err := again.Propose(ctx, []byte("and again")); err != nil {
		return err
	}
	for _, m := range []*trial.Machine{n.Machine, again.Machine} {
		if c := m.Counts(); !s.Info.Claims.Has(sdk.Snapshots) && c.Taken+c.Restores > 0 {
			return fmt.Errorf("snapshots isn't claimed, and the backend asked for %d and had %d restored", c.Taken, c.Restores)
		}
	}
	return nil
}

func claimsConsistent(_ context.Context, s *trial.Stage) error {
	claims := s.Info.Claims
	for i, c := range claims {
		if slices.Contains(claims[:i], c) {
			return fmt.Errorf("%s is claimed twice", c)
		}
	}
	for _, stands := range [][2]sdk.Claim{
		{sdk.CanMembership, sdk.Replicated}, {sdk.CanTransfer, sdk.Replicated}, {sdk.CanCompact, sdk.Snapshots},
	} {
		if claims.Has(stands[0]) && !claims.Has(stands[1]) {
			return fmt.Errorf("%s is claimed without %s, which it stands on", stands[0], stands[1])
		}
	}
	return nil
}
