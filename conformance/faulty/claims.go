package faulty

import (
	"context"
	"slices"

	"github.com/chronik-stream/metalog/sdk"
)

// claims are lies about what a backend is.
func claims() []Mutant {
	return []Mutant{
		{
			Name: "claim a barrier", Defect: "it claims read_barrier, and has none", Bed: Disk,
			Caught: []string{"CAP-001"}, Spares: []string{"ORD", "BYT", "DUR", "SNP-001"}, claims: adding(sdk.CanReadBarrier),
		},
		{
			Name: "claim durability", Defect: "it claims durable, and keeps everything in memory", Bed: Alone,
			Caught: []string{"DUR-001", "DUR-004", "DUR-006"}, Spares: []string{"ORD-001", "BYT-002"}, claims: adding(sdk.Durable),
		},
		{
			Name: "claim twice", Defect: "it makes a claim twice",
			Caught: []string{"CAP-004"}, Spares: []string{"ORD", "BYT", "PRP"}, claims: adding(sdk.Snapshots),
		},
		{
			Name: "hide an ability", Defect: "it has a read barrier, and doesn't claim it",
			Caught: []string{"CAP-002"}, Spares: []string{"ORD", "BYT", "PRP", "SNP-001"}, claims: without(sdk.CanReadBarrier),
		},
		{
			Name: "hide snapshots", Defect: "it takes snapshots, and doesn't claim to",
			Caught: []string{"CAP-003"}, Spares: []string{"ORD", "BYT", "PRP"},
			claims: without(sdk.Snapshots, sdk.CanCompact), lie: takesSnapshots,
		},
	}
}

func adding(c sdk.Claim) func(sdk.Claims) sdk.Claims {
	return func(honest sdk.Claims) sdk.Claims { return append(honest, c) }
}

func without(hidden ...sdk.Claim) func(sdk.Claims) sdk.Claims {
	return func(honest sdk.Claims) sdk.Claims {
		return slices.DeleteFunc(honest, func(c sdk.Claim) bool { return slices.Contains(hidden, c) })
	}
}

// takesSnapshots takes one with every hundredth delivery, as a library does
// whose log has a bound.
func takesSnapshots() lie {
	deliveries := 0
	return lie{
		apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
			if deliveries += len(entries); deliveries >= 100 {
				deliveries = 0
				s, err := sm.Snapshot(ctx)
				if err != nil {
					return err
				}
				s.Release()
			}
			return sm.Apply(ctx, entries...)
		},
		compact: func(context.Context, sdk.Backend) error { return unsupported(sdk.CanCompact) },
	}
}
