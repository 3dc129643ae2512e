package model_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/metadata"
)

// forgetful is a store that takes a group's deletion and doesn't do it.
type forgetful struct{ metadata.Store }

func (f forgetful) DeleteGroup(ctx context.Context, group string, opts ...metadata.WriteOption) (metadata.Written, error) {
	return f.Store.DeleteGroup(ctx, group, append(opts, metadata.ValidateOnly())...)
}

type faulty struct{ bare }

func (f faulty) Store() metadata.Store { return forgetful{f.bare.Store()} }

func runFaulty(ctx context.Context, s model.Sequence) error {
	clock := &model.Clock{}
	return model.Run(ctx, s, clock, faulty{newBare(clock)})
}

// failing is a sequence that a forgetful store doesn't do as the model does.
func failing(t *testing.T) (model.Sequence, error) {
	t.Helper()
	for seed := range uint64(100) {
		s := model.Generate(seed, 3*steps)
		if err := runFaulty(t.Context(), s); err != nil {
			return s, err
		}
	}
	require.Fail(t, "no sequence fails")
	return nil, nil
}

func TestAFailureIsShrunk(t *testing.T) {
	long, err := failing(t)
	cut := model.UpTo(long, err)
	require.Error(t, runFaulty(t.Context(), cut))
	require.Less(t, len(cut), len(long))

	fails := func(ctx context.Context, s model.Sequence) bool { return runFaulty(ctx, s) != nil }
	short := model.Shrink(t.Context(), cut, fails)
	require.Error(t, runFaulty(t.Context(), short))
	require.LessOrEqualf(t, len(short), 2, "%s", short)
	require.Equal(t, short, model.Shrink(t.Context(), cut, fails), "it is the same every time")
	require.Equal(t, short, model.Shrink(t.Context(), short, fails), "nothing more can be left out")
}

// marks are steps that are told apart by their high watermarks.
func marks(n int) (s model.Sequence) {
	for i := range n {
		s = append(s, model.Step{Mark: &metadata.Watermark{HighWatermark: int64(i)}})
	}
	return s
}

func watermarks(s model.Sequence) (out []int64) {
	for _, step := range s {
		out = append(out, step.Mark.HighWatermark)
	}
	return out
}

func TestShrinkLeavesWhatIsNeeded(t *testing.T) {
	for n := range 40 {
		for _, needed := range [][]int64{{}, {0}, {int64(n - 1)}, {0, int64(n - 1)}, {int64(n / 3), int64(n / 2)}} {
			if n == 0 {
				needed = nil
			}
			fails := func(_ context.Context, s model.Sequence) bool {
				got := watermarks(s)
				return !slices.ContainsFunc(needed, func(w int64) bool { return !slices.Contains(got, w) })
			}
			got := watermarks(model.Shrink(t.Context(), marks(n), fails))
			require.Truef(t, slices.Equal(slices.Compact(needed), got), "of %d steps %v, and not %v", n, got, needed)
		}
	}
}

// What was found before the context ended is kept, and what fails says once it has
// ended isn't believed: a run that is broken off fails, too.
func TestShrinkEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	got := model.Shrink(ctx, marks(8), func(ctx context.Context, s model.Sequence) bool {
		if asked++; asked == 2 {
			cancel()
		}
		return true
	})
	require.Equal(t, 2, asked)
	require.Equal(t, []int64{4, 5, 6, 7}, watermarks(got))
	require.Len(t, model.Shrink(ctx, marks(8), nil), 8, "nobody is asked any more")
}

// A write that is left out takes a revision with it. Those after it begin from one
// that there is, and from the same in every attempt.
func TestShrinkMovesFirstRevisions(t *testing.T) {
	write := func(id byte, first uint64) model.Step {
		return model.Step{
			ID: metadata.RequestID{15: id}, FirstRevision: first,
			Operation: metadata.BatchOperation{DeleteGroup: &metadata.GroupRef{ID: "g"}},
		}
	}
	all := model.Sequence{write(1, 0), write(2, 1), write(3, 2), write(4, 5), write(5, 1), write(3, 2)}
	got := model.Shrink(t.Context(), all, func(_ context.Context, s model.Sequence) bool {
		return slices.ContainsFunc(s, func(s model.Step) bool { return s.ID[15] == 3 }) && len(s) >= 4 && s[0].ID[15] != 1
	})
	require.Equal(t, model.Sequence{write(3, 0), write(4, 3), write(5, 1), write(3, 0)}, got)
}

func TestUpTo(t *testing.T) {
	s := marks(3)
	require.Len(t, model.UpTo(s, &model.StepError{Index: 1}), 2)
	require.Len(t, model.UpTo(s, &model.StepError{Index: 3}), 3, "the check at the end")
	require.Len(t, model.UpTo(s, errors.New("no step's")), 3)
}
