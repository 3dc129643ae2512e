package faulty_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/faulty"
	"github.com/chronik-stream/metalog/conformance/report"
)

// patience is short, since some mutants are found by nothing else.
const patience = 2 * time.Second

// TestMutantsAreCaught: each mutant fails the cases that it must, and no case of
// the families that it doesn't touch.
func TestMutantsAreCaught(t *testing.T) {
	for _, m := range faulty.Mutants() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			rep := play(t, m, m.Bed, slices.Concat(m.Caught, m.Spares))
			for _, r := range rep.Results {
				if slices.Contains(m.Caught, r.ID) {
					assert.Equal(t, report.Fail, r.State, "%s (%s) should notice that %s; it says: %s", r.ID, r.Title, m.Defect, r.Reason)
				} else {
					assert.NotContains(t, []report.State{report.Fail, report.Error}, r.State, "%s (%s) is none of this mutant's: %s", r.ID, r.Title, r.Reason)
				}
			}
		})
	}
}

// TestHonestLayersPass: the beds, and the layer itself, are beyond suspicion.
func TestHonestLayersPass(t *testing.T) {
	asked := map[faulty.Bed][]string{}
	for _, m := range faulty.Mutants() {
		asked[m.Bed] = append(asked[m.Bed], slices.Concat(m.Caught, m.Spares)...)
	}
	for bed, cases := range asked {
		t.Run(bed.String(), func(t *testing.T) {
			t.Parallel()
			for _, r := range play(t, mutant(honest), bed, cases).Results {
				assert.NotContains(t, []report.State{report.Fail, report.Error}, r.State, "%s (%s): %s", r.ID, r.Title, r.Reason)
			}
		})
	}
}

func play(t *testing.T, m faulty.Mutant, bed faulty.Bed, cases []string) *report.Report {
	t.Helper()
	rep, err := conformance.Run(t.Context(), target(t, m, bed), conformance.Options{
		Run: cases, Seed: 1, Dir: t.TempDir(), Patience: patience,
	})
	require.NoError(t, err)
	return rep
}

// TestMutantsAreNamedOnce: the name is how a mutant is found.
func TestMutantsAreNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range faulty.Mutants() {
		require.False(t, seen[m.Name], m.Name)
		require.NotEmpty(t, m.Caught, "%s is caught by nothing: a case is missing", m.Name)
		seen[m.Name] = true
	}
}
