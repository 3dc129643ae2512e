package faults_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/faults"
)

// What goes wrong is seen, and told with the seed and where everything is kept.
func TestJudgesNotice(t *testing.T) {
	for _, c := range []struct {
		scenario faults.Scenario
		told     []string
	}{
		{faults.LostWrite, []string{`lost: write "nowhere"`, "acknowledged topics that aren't there: 1 (nowhere)"}},
		{faults.StaleRead, []string{"stale: ", history.ErrNotLinearizable.Error()}},
		{faults.StrangeTopic, []string{"stranger: ", "never made: 1 (strange)"}},
	} {
		t.Run(c.scenario.Name, func(t *testing.T) {
			cfg := config(t, 0)
			cfg.Seed = 4711
			_, err := faults.Play(t.Context(), cfg, c.scenario)
			for _, told := range append(c.told, "SEED=4711", cfg.Dir) {
				require.ErrorContains(t, err, told)
			}
			f, err := os.Open(filepath.Join(cfg.Dir, "history.json"))
			require.NoError(t, err)
			defer f.Close()
			kept, err := history.Decode(f)
			require.NoError(t, err)
			require.NotEmpty(t, kept.Taps)
		})
	}
}

func TestThinTrafficIsAnError(t *testing.T) {
	require.ErrorContains(t, faults.Stalled(t.Context(), config(t, 0)), "too thin to judge")
}
