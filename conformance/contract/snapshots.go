package contract

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// snapshots is R5 and R6. Most of it needs a backend that can be told when to
// take one.
func snapshots() []trial.Case {
	compact := sdk.Claims{sdk.CanCompact}
	lasting := []trial.Need{trial.NeedLasting}
	return []trial.Case{
		{
			ID: "SNP-001", Title: "a new host after a compaction", Rule: "R5, R6", Profile: trial.Snapshots, Claims: compact, Needs: lasting,
			Promise: "A new host gets a snapshot, byte for byte, and after it every later entry without a gap.",
			Run:     compacted(0),
		},
		{
			ID: "SNP-002", Title: "a snapshot of 24 MiB", Rule: "R6", Profile: trial.Snapshots, Claims: compact, Needs: lasting,
			Promise: "A snapshot is given back whole, however large.",
			Run:     compacted(24 << 20),
		},
		{
			ID: "SNP-003", Title: "entries while a snapshot is written", Rule: "R5", Profile: trial.Snapshots, Claims: compact, Run: onOne(applyDuringSnapshot),
			Promise: "WriteTo may run while Apply goes on: a slow snapshot holds nobody up.",
		},
		{
			ID: "SNP-004", Title: "a snapshot that can't be written", Rule: "R6", Profile: trial.Snapshots, Claims: compact, Run: onOne(failedSnapshot),
			Promise: "When WriteTo fails, Compact says so, the snapshot is released, and nothing is lost.",
		},
		{
			ID: "SNP-005", Title: "every snapshot is released", Rule: "R6", Profile: trial.Snapshots, Claims: compact, Run: onOne(released),
			Promise: "Release is always called, once, read or not.",
		},
		{
			ID: "SNP-006", Title: "a host that is past the snapshot", Rule: "R4, R5", Profile: trial.Snapshots, Claims: compact, Needs: lasting, Run: onOne(hostIsAhead),
			Promise: "A host that has more than the snapshot sees nothing taken back or changed.",
		},
		{
			ID: "SNP-007", Title: "compactions and restarts in turn", Rule: "R5, R6", Profile: trial.Snapshots, Claims: compact, Needs: lasting, Run: compactionsInTurn,
			Promise: "After any number of compactions and restarts the state is what all entries together make.",
		},
		{
			ID: "SNP-008", Title: "a compaction with nothing to compact", Rule: "R5", Profile: trial.Snapshots, Claims: compact, Run: onOne(compactNothing),
			Promise: "A compaction of an empty log, or twice in a row, harms nothing.",
		},
		{
			ID: "SNP-009", Title: "compactions under load", Rule: "R5", Profile: trial.Snapshots, Claims: compact, Run: onOne(compactUnderLoad),
			Promise: "A snapshot's place is in the one ordered stream: no entry is lost or doubled around it.",
		},
	}
}

// compacted gives a log a snapshot, of so much more than the entries need, and
// some entries above it.
func compacted(ballast int) func(context.Context, *trial.Stage) error {
	return onOne(func(ctx context.Context, s *trial.Stage, n *trial.Session) error {
		n.Machine.Hooks(trial.SnapshotHooks{Ballast: ballast})
		var offers trial.Offers
		if err := loadAndSettle(ctx, s, &offers, n, "below", 8, 40); err != nil {
			return err
		}
		if err := n.Compact(ctx); err != nil {
			return err
		}
		if n.Machine.Counts().Taken == 0 {
			return errors.New("the answer of Compact is nil, and no snapshot was asked for")
		}
		if err := loadAndSettle(ctx, s, &offers, n, "above", 8, 10); err != nil {
			return err
		}
		if err := n.Close(ctx); err != nil {
			return err
		}
		again, err := s.Start(ctx, "n1")
		if err != nil {
			return err
		}
		if err := offers.Settle(ctx, s, again.Machine); err != nil {
			return fmt.Errorf("with a new host: %w", err)
		}
		if again.Machine.Counts().Restores == 0 {
			return errors.New("the log was compacted, and a new host was given no snapshot: Compact drops what a snapshot covers")
		}
		return sameEntries(n.Machine.Entries(), again.Machine.Entries())
	})
}

func loadAndSettle(ctx context.Context, s *trial.Stage, offers *trial.Offers, n *trial.Session, prefix string, writers, each int) error {
	if err := offers.Load(ctx, n, prefix, writers, each); err != nil {
		return err
	}
	return offers.Settle(ctx, s, n.Machine)
}

func applyDuringSnapshot(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := loadAndSettle(ctx, s, &offers, n, "before", 2, 20); err != nil {
		return err
	}
	gate, started := make(chan struct{}), make(chan struct{}, 1)
	n.Machine.Hooks(trial.SnapshotHooks{Gate: gate, Started: started})
	compaction := make(chan error, 1)
	go func() { compaction <- n.Compact(ctx) }()
	err := during(ctx, s, started, compaction, func() error { return loadAndSettle(ctx, s, &offers, n, "meanwhile", 2, 100) })
	close(gate)
	if err != nil {
		return fmt.Errorf("while a snapshot was being written: %w", err)
	}
	return <-compaction
}

// during does what is to happen between the beginning of a snapshot and its end.
func during(ctx context.Context, s *trial.Stage, started <-chan struct{}, ended chan error, do func() error) error {
	within, cancel := s.Within(ctx)
	defer cancel()
	select {
	case <-started:
		return do()
	case err := <-ended:
		ended <- err
		return fmt.Errorf("the answer of Compact came before its snapshot was read: %w", orNil(err))
	case <-within.Done():
		return fmt.Errorf("no snapshot is read: %w", context.Cause(within))
	}
}

var errSnapshot = errors.New("this snapshot can't be written")

func failedSnapshot(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := loadAndSettle(ctx, s, &offers, n, "before", 2, 20); err != nil {
		return err
	}
	n.Machine.Hooks(trial.SnapshotHooks{Err: errSnapshot})
	if err := n.Compact(ctx); err == nil {
		return errors.New("the answer of Compact is nil, and the snapshot had failed: it isn't there to stand for the entries")
	} else if trial.IsHang(err) {
		return err
	}
	if err := allReleased(ctx, s, n.Machine); err != nil {
		return err
	}
	n.Machine.Hooks(trial.SnapshotHooks{})
	if err := loadAndSettle(ctx, s, &offers, n, "after", 2, 20); err != nil {
		return fmt.Errorf("after a failed snapshot: %w", err)
	}
	if err := n.Compact(ctx); err != nil {
		return fmt.Errorf("a good snapshot after a failed one: %w", err)
	}
	return offers.Judge(n.Machine)
}

func allReleased(ctx context.Context, s *trial.Stage, m *trial.Machine) error {
	ctx, cancel := s.Within(ctx)
	defer cancel()
	return m.Await(ctx, "the release of every snapshot", func() bool {
		c := m.Counts()
		return c.Released == c.Taken
	})
}

func released(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	for i := range 5 {
		if err := loadAndSettle(ctx, s, &offers, n, fmt.Sprintf("r%d", i), 2, 10); err != nil {
			return err
		}
		if err := n.Compact(ctx); err != nil {
			return err
		}
	}
	if n.Machine.Counts().Taken == 0 {
		return errors.New("five compactions, and no snapshot was asked for")
	}
	return allReleased(ctx, s, n.Machine)
}

func hostIsAhead(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := loadAndSettle(ctx, s, &offers, n, "below", 4, 20); err != nil {
		return err
	}
	if err := n.Compact(ctx); err != nil {
		return err
	}
	if err := loadAndSettle(ctx, s, &offers, n, "above", 4, 20); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	again, err := s.Open(ctx, "n1", n.Machine)
	if err != nil {
		return err
	}
	return loadAndSettle(ctx, s, &offers, again, "later", 4, 20)
}

func compactionsInTurn(ctx context.Context, s *trial.Stage) error {
	var offers trial.Offers
	for round := range 4 {
		n, err := s.Start(ctx, "n1")
		if err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		if err := loadAndSettle(ctx, s, &offers, n, fmt.Sprintf("a%d", round), 2, 15); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		if err := n.Compact(ctx); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		if err := loadAndSettle(ctx, s, &offers, n, fmt.Sprintf("b%d", round), 2, 5); err != nil {
			return fmt.Errorf("round %d, after the compaction: %w", round+1, err)
		}
		if err := n.Close(ctx); err != nil {
			return err
		}
	}
	return nil
}

func compactNothing(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	_ = n.Compact(ctx) // it may be refused: there is nothing to compact
	var offers trial.Offers
	if err := loadAndSettle(ctx, s, &offers, n, "some", 2, 10); err != nil {
		return err
	}
	if err := n.Compact(ctx); err != nil {
		return err
	}
	_ = n.Compact(ctx) // likewise
	return loadAndSettle(ctx, s, &offers, n, "more", 2, 10)
}

func compactUnderLoad(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	loaded := make(chan error, 1)
	go func() { loaded <- offers.Load(ctx, n, "load", 8, 100) }()
	covered := 0 // acknowledged before the last compaction: without more there may be nothing to do
	for range 5 {
		before := offers.Acknowledged()
		err := n.Compact(ctx)
		if err != nil && before > covered {
			return errors.Join(err, <-loaded)
		}
		covered = before
	}
	if err := <-loaded; err != nil {
		return err
	}
	return errors.Join(offers.Settle(ctx, s, n.Machine), inOrder(n.Machine, "load", 8))
}
