package faulty

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chronik-stream/metalog/sdk"
)

// The size from which some defects show, as those of pages and frames do.
const (
	page  = 4 << 10
	large = 64 << 10
)

// nth is which proposal or entry of a session some defects wait for: beyond what
// a handful of entries would show.
const nth = 150

// entries are defects of what is delivered (R1, R2).
func entries() []Mutant {
	return []Mutant{
		{
			Name: "drop", Defect: "it loses every thousandth entry",
			Caught: []string{"ORD-003", "PRP-005"}, Spares: []string{"BYT", "SNP-001", "CAP"}, lie: drop,
		},
		{
			Name: "swap", Defect: "it commits an entry after the next one, though it was acknowledged before that was proposed",
			Caught: []string{"ORD-001", "BYT-002"}, Spares: []string{"PRP-001", "PRP-002", "CAP"}, lie: swap,
		},
		{
			Name: "merge", Defect: "it makes one entry of two",
			Caught: []string{"ORD-001", "BYT-002", "PRP-005"}, lie: merge,
		},
		{
			Name: "split", Defect: "it makes two entries of a large one",
			Caught: []string{"BYT-003", "BYT-007"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: split,
		},
		{
			Name: "corrupt", Defect: "it changes the last byte of the first page of an entry",
			Caught: []string{"BYT-002", "BYT-003", "BYT-007"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: corrupt,
		},
		{
			Name: "swallow empty entries", Defect: "it acknowledges empty entries and never delivers them",
			Caught: []string{"BYT-001"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: swallowEmpty,
		},
		{
			Name: "merge equal entries", Defect: "it takes an entry with the bytes of the one before for a repetition",
			Caught: []string{"BYT-001", "BYT-005"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: mergeEqual,
		},
	}
}

func drop() lie {
	seen := 0
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		return sm.Apply(ctx, slices.DeleteFunc(entries, func(sdk.Entry) bool {
			seen++
			return seen%1000 == 0
		})...)
	}}
}

// held makes the nth proposal wait for the one after it. Its caller hears at
// once that it is committed.
func held(both func(ctx context.Context, first, second []byte, inner sdk.Backend) error) lie {
	var mu sync.Mutex
	var first []byte
	seen := 0
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		mu.Lock()
		seen++
		turn, waiting := seen, first
		if turn == nth {
			first = slices.Clone(data)
		}
		mu.Unlock()
		switch turn {
		case nth:
			return nil
		case nth + 1:
			return both(context.WithoutCancel(ctx), waiting, data, inner)
		}
		return inner.Propose(ctx, data)
	}}
}

func swap() lie {
	return held(func(ctx context.Context, first, second []byte, inner sdk.Backend) error {
		return inOrder(ctx, inner, second, first)
	})
}

func merge() lie {
	return held(func(ctx context.Context, first, second []byte, inner sdk.Backend) error {
		return inner.Propose(ctx, slices.Concat(first, second))
	})
}

func inOrder(ctx context.Context, b sdk.Backend, parts ...[]byte) error {
	for _, data := range parts {
		if err := b.Propose(ctx, data); err != nil {
			return err
		}
	}
	return nil
}

func split() lie {
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		if len(data) <= large || len(data) > sdk.MaxEntrySize {
			return inner.Propose(ctx, data)
		}
		return inOrder(ctx, inner, data[:large], data[large:])
	}}
}

func corrupt() lie {
	return lie{apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
		for _, e := range entries {
			if len(e.Data) >= page {
				e.Data[page-1] ^= 0x10
			}
		}
		return sm.Apply(ctx, entries...)
	}}
}

func swallowEmpty() lie {
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		if len(data) == 0 {
			return nil
		}
		return inner.Propose(ctx, data)
	}}
}

func mergeEqual() lie {
	var last atomic.Pointer[string]
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		now := string(data)
		if before := last.Swap(&now); before != nil && *before == now {
			return nil
		}
		return inner.Propose(ctx, data)
	}}
}
