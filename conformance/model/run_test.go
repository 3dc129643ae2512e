package model_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/metadata"
)

// broken is a store that answers nothing.
type broken struct {
	bare
	err error
}

func (b broken) Restart(context.Context) error { return b.err }

func TestAStepThatFailsSaysWhichItIs(t *testing.T) {
	clock, s := &model.Clock{}, few().Steps
	chain, err := model.RunChain(t.Context(), append(model.Sequence{{Check: true}}, s...), clock, newBare(clock), broken{newBare(clock), context.Canceled})
	require.EqualError(t, err, "step 3, restart: bare: context canceled")
	var at *model.StepError
	require.ErrorAs(t, err, &at)
	require.Equal(t, model.StepError{Index: 3, Step: model.Step{Restart: true}, Subject: "bare", Err: context.Canceled}, *at)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []model.Point{{Revision: 0, Digest: metadata.Genesis().Digest()}}, chain)
}

// other is a store whose digest is another one.
type other struct{ bare }

func (o other) Digest() metadata.Digest { return metadata.Digest{1} }

func TestDigestsThatDiffer(t *testing.T) {
	clock := &model.Clock{}
	chain, err := model.RunChain(t.Context(), nil, clock, newBare(clock), other{newBare(clock)})
	require.ErrorContains(t, err, "step 0, check: the records are the same and the digests aren't: ")
	require.Empty(t, chain)
}

// Two runs of one sequence come by the same points.
func TestChainsOfTwoRuns(t *testing.T) {
	chains := map[uint64][]model.Point{}
	for range 2 {
		for seed := range uint64(3) {
			clock := &model.Clock{}
			sequence := model.Generate(seed, steps)
			chain, err := model.RunChain(t.Context(), sequence, clock, newBare(clock))
			require.NoError(t, err)
			checks := 1
			for _, s := range sequence {
				if s.Check {
					checks++
				}
			}
			require.Len(t, chain, checks)
			require.NotZero(t, chain[checks-1].Revision)
			if chains[seed] != nil {
				require.Equal(t, chains[seed], chain)
			}
			chains[seed] = chain
		}
	}
	require.NotEqual(t, chains[0], chains[1])
}
