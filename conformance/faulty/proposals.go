package faulty

import (
	"context"
	"sync/atomic"

	"github.com/chronik-stream/metalog/sdk"
)

// proposals are defects of the answers of Propose (R8, R9).
func proposals() []Mutant {
	return []Mutant{
		{
			Name: "hang", Defect: "it never answers the tenth proposal",
			Caught: []string{"ORD-001", "PRP-001"}, Spares: []string{"CAP-004"}, lie: hang,
		},
		{
			Name: "ignore cancellation", Defect: "its Propose waits for the delivery, whatever becomes of its context",
			Caught: []string{"PRP-008"}, Spares: []string{"ORD", "BYT"}, lie: ignoreCancellation,
		},
		{
			Name: "wrong outcome", Defect: "it answers NOT_APPENDED to a caller who has given up, though the entry was appended",
			Caught: []string{"PRP-002"}, Spares: []string{"ORD", "BYT", "SNP-001", "CAP"}, lie: wrongOutcome,
		},
		{
			Name: "acknowledge too much", Defect: "it acknowledges what its caller gave up before it was proposed",
			Caught: []string{"PRP-002"}, Spares: []string{"ORD", "BYT", "SNP-001", "CAP"}, lie: acknowledgeTooMuch,
		},
		{
			Name: "acknowledge after the end", Defect: "after Close it acknowledges",
			Caught: []string{"PRP-004"}, Spares: []string{"ORD", "BYT", "SNP-001", "CAP"}, lie: acknowledgeAfterEnd,
		},
		{
			Name: "propose twice", Defect: "it proposes again what its caller gave up",
			Caught: []string{"PRP-002"}, Spares: []string{"ORD", "BYT", "SNP-001", "CAP"}, lie: proposeTwice,
		},
		{
			Name: "give up everyone", Defect: "a caller that gives up takes along who proposed meanwhile",
			Caught: []string{"PRP-002", "PRP-007"}, Spares: []string{"ORD", "BYT", "SNP-001", "CAP"}, lie: giveUpEveryone,
		},
	}
}

// hang leaves its caller waiting until the session's end.
func hang() lie {
	var seen atomic.Int64
	over := make(chan struct{})
	return lie{
		propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
			if seen.Add(1) == 10 {
				<-over
			}
			return inner.Propose(ctx, data)
		},
		close: func(ctx context.Context, inner sdk.Backend) error {
			close(over)
			return inner.Close(ctx)
		},
	}
}

func ignoreCancellation() lie {
	delivered := newTally()
	return lie{
		propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
			if err := inner.Propose(context.WithoutCancel(ctx), data); err != nil {
				return err
			}
			delivered.awaitNext()
			return nil
		},
		apply: func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
			defer delivered.add(len(entries))
			return sm.Apply(ctx, entries...)
		},
		close: func(ctx context.Context, inner sdk.Backend) error {
			err := inner.Close(ctx)
			delivered.end()
			return err
		},
	}
}

func givenUp(ctx context.Context) bool { return ctx.Err() != nil }

func wrongOutcome() lie {
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		err := inner.Propose(context.WithoutCancel(ctx), data)
		if err == nil && givenUp(ctx) {
			return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Err: ctx.Err()}
		}
		return err
	}}
}

func acknowledgeTooMuch() lie {
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		if givenUp(ctx) {
			return nil
		}
		return inner.Propose(ctx, data)
	}}
}

func acknowledgeAfterEnd() lie {
	var over atomic.Bool
	return lie{
		propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
			if over.Load() {
				return nil
			}
			return inner.Propose(ctx, data)
		},
		close: func(ctx context.Context, inner sdk.Backend) error {
			err := inner.Close(ctx)
			over.Store(true)
			return err
		},
	}
}

func proposeTwice() lie {
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		if !givenUp(ctx) {
			return inner.Propose(ctx, data)
		}
		if err := inOrder(context.WithoutCancel(ctx), inner, data, data); err != nil {
			return err
		}
		return &sdk.Error{Reason: sdk.ReasonTimeout, Err: ctx.Err()}
	}}
}

func giveUpEveryone() lie {
	var leaving atomic.Bool
	return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
		if givenUp(ctx) {
			leaving.Store(true)
		} else if leaving.Swap(false) {
			return &sdk.Error{Reason: sdk.ReasonTimeout, Message: "given up with another"}
		}
		return inner.Propose(ctx, data)
	}}
}
