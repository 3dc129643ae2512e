package faulty

import (
	"context"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// deliveries are defects of how the host is called (R1, R9, R10).
func deliveries() []Mutant {
	return []Mutant{
		{
			Name: "two deliverers", Defect: "two goroutines deliver, each its half",
			Caught: []string{"ORD-003"}, Spares: []string{"CAP-004"}, lie: twoDeliverers,
		},
		{
			Name: "ignore the window", Defect: "it doesn't wait for an Apply that blocks, but calls the next one beside it",
			Caught: []string{"ORD-004"}, Spares: []string{"BYT", "CAP"}, lie: ignoreWindow,
		},
		{
			Name: "index again", Defect: "it delivers every tenth entry twice, under its one index",
			Caught: []string{"ORD-001", "PRP-001", "BYT-002"}, lie: indexAgain,
		},
		{
			Name: "index zero", Defect: "it counts entries from 0",
			Caught: []string{"ORD-001", "PRP-001", "BYT-001"}, lie: indexZero,
		},
		{
			Name: "mark entries", Defect: "it marks entries as uncommitted, as only an inspector may",
			Caught: []string{"ORD-001", "PRP-001", "BYT-001"}, lie: markEntries,
		},
		{
			Name: "ignore the host's error", Defect: "it goes on after an error of Apply",
			Caught: []string{"PRP-009"}, Spares: []string{"ORD", "BYT", "SNP-001", "CAP"}, lie: ignoreError,
		},
		{
			Name: "never ready", Defect: "its status never says that it can be proposed to",
			Caught: []string{"SES-009", "ORD-001"}, Spares: []string{"CAP-004"}, lie: neverReady,
		},
		{
			Name: "stale barrier", Defect: "its ReadBarrier doesn't wait for what was delivered elsewhere",
			Caught: []string{"RBR-002", "RBR-007"}, Spares: []string{"ORD", "BYT", "PRP", "SNP-001", "CAP", "REP-001"}, lie: staleBarrier,
		},
	}
}

func twoDeliverers() lie {
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		half := len(entries) / 2
		if half == 0 {
			return sm.Apply(ctx, entries...)
		}
		var first error
		var wg sync.WaitGroup
		wg.Go(func() { first = sm.Apply(ctx, entries[:half]...) })
		err := sm.Apply(ctx, entries[half:]...)
		wg.Wait()
		if first != nil {
			return first
		}
		return err
	}}
}

// ignoreWindow has a little patience: without any, it would be two deliverers.
func ignoreWindow() lie {
	const patience = time.Second // an honest Apply takes less on a busy machine, and ORD-004 waits longer
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		done := make(chan error, 1)
		go func() { done <- sm.Apply(ctx, entries...) }() // ends when the host lets go
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			return nil
		}
	}}
}

func indexAgain() lie {
	return each(func(e sdk.Entry) []sdk.Entry {
		if e.Index%10 != 0 {
			return []sdk.Entry{e}
		}
		return []sdk.Entry{e, {Index: e.Index, Data: append([]byte(nil), e.Data...)}}
	})
}

func indexZero() lie {
	return each(func(e sdk.Entry) []sdk.Entry {
		e.Index--
		return []sdk.Entry{e}
	})
}

func markEntries() lie {
	return each(func(e sdk.Entry) []sdk.Entry {
		e.Uncommitted = true
		return []sdk.Entry{e}
	})
}

// each replaces every entry.
func each(by func(sdk.Entry) []sdk.Entry) lie {
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		var instead []sdk.Entry
		for _, e := range entries {
			instead = append(instead, by(e)...)
		}
		return sm.Apply(ctx, instead...)
	}}
}

func ignoreError() lie {
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		_ = sm.Apply(ctx, entries...)
		return nil
	}}
}

func neverReady() lie {
	return lie{status: func(s sdk.Status) sdk.Status {
		s.CanPropose = false
		return s
	}}
}

func staleBarrier() lie {
	return lie{barrier: func(context.Context, sdk.Backend) error { return nil }}
}
