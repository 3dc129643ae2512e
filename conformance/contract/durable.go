package contract

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// durable is R3, R4 and R7 as an orderly end and a plain kill show them. What
// loads, damaged files and failing disks show is in other families.
func durable() []trial.Case {
	const kept = "Acknowledged entries survive: a new host gets all of them, with the indexes they had."
	return []trial.Case{
		{
			ID: "DUR-001", Title: "Close, and another session", Rule: "R3, R4", Profile: trial.Durable, Promise: kept,
			Run: restarts(func(ctx context.Context, n *trial.Session) error { return n.Close(ctx) }),
		},
		{
			ID: "DUR-002", Title: "SIGKILL, and another session", Rule: "R3, R4", Profile: trial.Durable, Promise: kept,
			Needs: []trial.Need{trial.NeedKill},
			Run:   restarts(func(ctx context.Context, n *trial.Session) error { return n.Kill(ctx) }),
		},
		{
			ID: "DUR-003", Title: "SIGKILL at the first delivery", Rule: "R3", Profile: trial.Durable, Run: onOne(killedAtDelivery),
			Needs:   []trial.Need{trial.NeedKill},
			Promise: "An entry is delivered only after it would survive SIGKILL.",
		},
		{
			ID: "DUR-004", Title: "a host that outlives its plugin", Rule: "R4, R7", Profile: trial.Durable, Run: hostGoesOn,
			Promise: "A host that has applied entries sees none of them changed by a restart, and the next ones come above.",
		},
		{
			ID: "DUR-005", Title: "stored_index", Rule: "R7", Profile: trial.Durable, Run: onOne(storedIndex),
			Promise: "After Open, stored_index is at least what was delivered before.",
		},
		{
			ID: "DUR-006", Title: "eight sessions on one directory", Rule: "R3, R4", Profile: trial.Durable, Run: manySessions,
			Promise: kept,
		},
	}
}

func restarts(end func(context.Context, *trial.Session) error) func(context.Context, *trial.Stage) error {
	return onOne(func(ctx context.Context, s *trial.Stage, n *trial.Session) error {
		var offers trial.Offers
		if err := offers.Load(ctx, n, "kept", 8, 50); err != nil {
			return err
		}
		if err := offers.Settle(ctx, s, n.Machine); err != nil {
			return err
		}
		if err := end(ctx, n); err != nil {
			return err
		}
		again, err := s.Start(ctx, "n1")
		if err != nil {
			return err
		}
		if err := offers.Settle(ctx, s, again.Machine); err != nil {
			return fmt.Errorf("after the restart: %w", err)
		}
		return sameEntries(n.Machine.Entries(), again.Machine.Entries())
	})
}

func killedAtDelivery(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() { _ = offers.Load(ctx, n, fmt.Sprintf("k%d", w), 1, 10_000) }) // ends with the session
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	err := n.Machine.Await(within, "the first delivery", func() bool { return len(n.Machine.Entries()) > 0 })
	killed := n.Kill(ctx)
	wg.Wait()
	if err := errors.Join(err, killed); err != nil {
		return err
	}
	again, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	if err := offers.Settle(ctx, s, again.Machine); err != nil {
		return fmt.Errorf("after the kill: %w", err)
	}
	if err := awaitCount(ctx, s, again.Machine, len(n.Machine.Entries())); err != nil {
		return fmt.Errorf("what was delivered before the kill isn't there: %w", err)
	}
	return sameEntries(n.Machine.Entries(), again.Machine.Entries())
}

func hostGoesOn(ctx context.Context, s *trial.Stage) error {
	m := s.Machine("n1")
	var offers trial.Offers
	for round := range 3 {
		n, err := s.Open(ctx, "n1", m)
		if err != nil {
			return fmt.Errorf("session %d, with a host that has applied index %d: %w", round+1, m.Applied(), err)
		}
		if err := offers.Load(ctx, n, fmt.Sprintf("round%d", round), 4, 25); err != nil {
			return err
		}
		if err := offers.Settle(ctx, s, m); err != nil {
			return fmt.Errorf("session %d: %w", round+1, err)
		}
		if err := n.Close(ctx); err != nil {
			return err
		}
	}
	return nil
}

func storedIndex(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := offers.Load(ctx, n, "stored", 4, 25); err != nil {
		return err
	}
	if err := offers.Settle(ctx, s, n.Machine); err != nil {
		return err
	}
	delivered := n.Machine.Applied()
	if err := n.Close(ctx); err != nil {
		return err
	}
	again, err := s.Open(ctx, "n1", n.Machine)
	if err != nil {
		return err
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	return again.Machine.Await(within, fmt.Sprintf("a stored_index of at least %d, which was delivered before", delivered), func() bool {
		return again.Machine.Status().StoredIndex >= delivered
	})
}

func manySessions(ctx context.Context, s *trial.Stage) error {
	var offers trial.Offers
	last := s.Machine("n1")
	for round := range 8 {
		m := s.Machine("n1")
		n, err := s.Open(ctx, "n1", m)
		if err != nil {
			return fmt.Errorf("session %d: %w", round+1, err)
		}
		if err := offers.Load(ctx, n, fmt.Sprintf("s%d", round), 2, 10); err != nil {
			return err
		}
		if err := offers.Settle(ctx, s, m); err != nil {
			return fmt.Errorf("session %d: %w", round+1, err)
		}
		if err := sameEntries(last.Entries(), m.Entries()); err != nil {
			return fmt.Errorf("session %d: %w", round+1, err)
		}
		if err := n.Close(ctx); err != nil {
			return err
		}
		last = m
	}
	return nil
}
