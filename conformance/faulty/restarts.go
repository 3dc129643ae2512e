package faulty

import (
	"bytes"
	"context"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// restarts are defects that only a second session shows (R3, R4, R7).
func restarts() []Mutant {
	return []Mutant{
		{
			Name: "duplicate on restart", Defect: "after a restart it delivers an entry twice, under two indexes", Bed: Disk,
			Caught: []string{"ORD-005", "BYT-008", "DUR-001", "DUR-006"}, Spares: []string{"PRP-001", "CAP"}, lie: duplicateOnRestart,
		},
		{
			Name: "renumber on restart", Defect: "after a restart entries have other indexes", Bed: Disk,
			Caught: []string{"ORD-005", "DUR-001", "DUR-004", "DUR-006"}, Spares: []string{"BYT", "CAP"}, lie: renumberOnRestart,
		},
		{
			Name: "roll back", Bed: Disk,
			Defect: "it delivers the last entry before it is committed: after a restart it isn't there, and another one has its index",
			Caught: []string{"ORD-005", "BYT-008", "DUR-001", "DUR-004", "DUR-006"}, Spares: []string{"PRP-001", "CAP"}, lie: rollBack,
		},
		{
			Name: "hide stored entries", Defect: "its stored_index is 0", Bed: Disk,
			Caught: []string{"DUR-005"}, Spares: []string{"BYT", "CAP", "SNP-001", "DUR-001"}, lie: hideStored,
		},
		{
			Name: "acknowledge early", Defect: "it acknowledges at once, and makes fifty entries durable when it has so many", Bed: Process,
			Caught: []string{"KIL-001"}, Spares: []string{"CAP-004", "DUR-005"}, lie: acknowledgeEarly,
		},
		{
			Name: "deliver early", Defect: "it delivers an entry at once, and makes it durable when the next one comes", Bed: Process,
			Caught: []string{"DUR-002", "KIL-003"}, Spares: []string{"CAP-004", "DUR-005"}, lie: deliverEarly,
		},
	}
}

// onRestart is an apply that begins in a session which is not the first.
func onRestart(apply func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error) lie {
	again := false
	return lie{
		open: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
			again = cfg.Start == sdk.StartRestart
			return inner.Open(ctx, cfg, sm)
		},
		apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
			if !again {
				return sm.Apply(ctx, entries...)
			}
			return apply(ctx, entries, sm)
		},
	}
}

func duplicateOnRestart() lie {
	const which = 5
	return onRestart(func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		var all []sdk.Entry
		for _, e := range entries {
			if e.Index > which {
				e.Index++
			}
			all = append(all, e)
			if e.Index == which {
				all = append(all, sdk.Entry{Index: which + 1, Data: bytes.Clone(e.Data)})
			}
		}
		return sm.Apply(ctx, all...)
	})
}

func renumberOnRestart() lie {
	return onRestart(func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		for i := range entries {
			entries[i].Index++
		}
		return sm.Apply(ctx, entries...)
	})
}

// rollBack takes the entry away that was the last one at Open.
func rollBack() lie {
	var lost uint64
	l := onRestart(func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		var kept []sdk.Entry
		for _, e := range entries {
			if e.Index > lost {
				e.Index--
			} else if e.Index == lost {
				continue
			}
			kept = append(kept, e)
		}
		if len(kept) == 0 {
			return nil
		}
		return sm.Apply(ctx, kept...)
	})
	var once sync.Once
	l.status = func(s sdk.Status) sdk.Status {
		once.Do(func() { lost = s.StoredIndex }) // the first one comes before any delivery
		return s
	}
	return l
}

func hideStored() lie {
	return lie{status: func(s sdk.Status) sdk.Status {
		s.StoredIndex = 0
		return s
	}}
}
