package contract

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// inspect is what an Inspector owes: it reads a stopped directory, and that is
// all it does.
func inspect() []trial.Case {
	claims := sdk.Claims{sdk.CanInspect}
	needs := []trial.Need{trial.NeedDirectory}
	return []trial.Case{
		{
			ID: "INS-001", Title: "a stopped directory", Rule: "inspect", Profile: trial.Durable, Claims: claims, Needs: needs, Run: onOne(inspectStopped),
			Promise: "Inspect gives the latest snapshot and every stored entry above it, and changes nothing.",
		},
		{
			ID: "INS-002", Title: "a directory in use", Rule: "inspect", Profile: trial.Durable, Claims: claims, Needs: needs, Run: onOne(inspectRunning),
			Promise: "A directory in use is refused, and its node isn't disturbed.",
		},
	}
}

func inspectStopped(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := loadAndSettle(ctx, s, &offers, n, "below", 4, 20); err != nil {
		return err
	}
	if s.Info.Claims.Has(sdk.CanCompact) {
		if err := n.Compact(ctx); err != nil {
			return err
		}
	}
	if err := loadAndSettle(ctx, s, &offers, n, "above", 4, 20); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	if err := inspections(ctx, s, n.Machine); err != nil {
		return err
	}
	again, err := s.Start(ctx, "n1")
	if err != nil {
		return fmt.Errorf("after inspections: %w", err)
	}
	return offers.Settle(ctx, s, again.Machine)
}

// inspections are two of node n1's directory, which must show what want has and
// leave nothing.
func inspections(ctx context.Context, s *trial.Stage, want *trial.Machine) error {
	dir := s.World.Config("n1").DataDir
	before, err := treeOf(dir)
	if err != nil {
		return err
	}
	for range 2 { // the first one has changed nothing
		reader, err := s.Session(ctx, "n1", s.Machine("n1"))
		if err != nil {
			return err
		}
		if err := reader.Inspect(ctx); err != nil {
			return err
		}
		reader.Forget(ctx)
		if err := sameEntries(want.Entries(), reader.Machine.Entries()); err != nil {
			return fmt.Errorf("an inspection: %w", err)
		}
	}
	after, err := treeOf(dir)
	if err != nil {
		return err
	}
	if err := before.changedTo(after); err != nil {
		return fmt.Errorf("the directory isn't as it was before two inspections: %w", err)
	}
	return nil
}

func inspectRunning(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := loadAndSettle(ctx, s, &offers, n, "a", 2, 10); err != nil {
		return err
	}
	reader, err := s.Session(ctx, "n1", s.Machine("n1"))
	if err != nil {
		return err
	}
	err = reader.Inspect(ctx)
	reader.Forget(ctx)
	if !errors.Is(err, sdk.ErrConflict) {
		return fmt.Errorf("the inspection of a directory in use should be refused as a conflict, and was answered: %w", orNil(err))
	}
	return loadAndSettle(ctx, s, &offers, n, "b", 2, 10)
}
