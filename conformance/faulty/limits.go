package faulty

import (
	"context"

	"github.com/chronik-stream/metalog/sdk"
)

// limits are defects of how large an entry may be (R18).
func limits() []Mutant {
	return []Mutant{
		{
			Name: "smaller limit", Defect: "it refuses entries above 1 MiB",
			Caught: []string{"BYT-003"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: limit(1<<20, sdk.NotAppended),
		},
		{
			Name: "limit not told", Defect: "it refuses what is too large, and doesn't say that it is NOT_APPENDED",
			Caught: []string{"BYT-004"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: limit(sdk.MaxEntrySize, sdk.Unknown),
		},
		{
			Name: "no limit", Defect: "it acknowledges what is too large, and loses it",
			Caught: []string{"BYT-004"}, Spares: []string{"ORD", "PRP", "SNP-001", "CAP"}, lie: noLimit,
		},
	}
}

func limit(most int, outcome sdk.Outcome) func() lie {
	return func() lie {
		return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
			if len(data) > most {
				return &sdk.Error{Reason: sdk.ReasonTooLarge, Outcome: outcome}
			}
			return inner.Propose(ctx, data)
		}}
	}
}

func noLimit() lie {
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		if len(data) > sdk.MaxEntrySize {
			return nil
		}
		return inner.Propose(ctx, data)
	}}
}
