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
	"github.com/chronik-stream/metalog/conformance/trial"
)

// Some mutants are found only by waiting in vain. What isn't a mutant's gets all
// the time that the suite gives.
const (
	impatience = time.Second
	patience   = trial.DefaultPatience
)

// TestMutantsAreCaught: each mutant fails the cases that it must, and no case of
// the families that it doesn't touch.
func TestMutantsAreCaught(t *testing.T) {
	skipWhenShort(t)
	for _, m := range faulty.Mutants() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			for _, r := range play(t, m, m.Bed, m.Caught, impatience) {
				assert.Equal(t, report.Fail, r.State, "%s (%s) should notice that %s; it says: %s", r.ID, r.Title, m.Defect, r.Reason)
			}
			if len(m.Spares) > 0 {
				passes(t, play(t, m, m.Bed, m.Spares, patience))
			}
		})
	}
}

// TestHonestLayersPass: the beds, and the layer itself, are beyond suspicion.
func TestHonestLayersPass(t *testing.T) {
	skipWhenShort(t)
	asked := map[faulty.Bed][]string{}
	for _, m := range faulty.Mutants() {
		asked[m.Bed] = append(asked[m.Bed], slices.Concat(m.Caught, m.Spares)...)
	}
	for bed, cases := range asked {
		t.Run(bed.String(), func(t *testing.T) {
			if bed != faulty.Disk { // where PRC-010 counts what the whole process has open
				t.Parallel()
			}
			passes(t, play(t, mutant(honest), bed, cases, patience))
		})
	}
}

func skipWhenShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("not shown: that the suite notices mutants (a minute of cases)")
	}
}

func passes(t *testing.T, results []report.Result) {
	t.Helper()
	for _, r := range results {
		assert.NotContains(t, []report.State{report.Fail, report.Error}, r.State, "%s (%s): %s", r.ID, r.Title, r.Reason)
	}
}

func play(t *testing.T, m faulty.Mutant, bed faulty.Bed, cases []string, patience time.Duration) []report.Result {
	t.Helper()
	rep, err := conformance.Run(t.Context(), target(t, m, bed, patience), conformance.Options{
		Run: cases, Seed: 1, Dir: t.TempDir(), Patience: patience,
	})
	require.NoError(t, err)
	return rep.Results
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
