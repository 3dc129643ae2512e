package conformance_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/conformance/trial"
)

func TestKnown(t *testing.T) {
	require.NoError(t, conformance.Known())
	require.NoError(t, conformance.Known("ORD", "BYT-001", "SNP-00*"))
	require.ErrorContains(t, conformance.Known("ORD", "ORZ"), `no case has the ID or family "ORZ"`)
}

// What an interrupted case says counts for nothing, and it leaves nothing behind.
func TestInterruptedRun(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	dir := t.TempDir()
	rep, err := conformance.Run(ctx, conformance.InMem(), conformance.Options{Dir: dir}.Only(
		conformance.Case{ID: "AAA-001", Profile: trial.Core, Run: answers(nil)},
		conformance.Case{ID: "AAA-002", Profile: trial.Core, Run: func(context.Context, *trial.Stage) error {
			interrupt(errors.New("enough"))
			return errors.New("not what it seems")
		}},
		conformance.Case{ID: "AAA-003", Profile: trial.Core, Run: answers(nil)},
	))
	require.Nil(t, rep)
	require.EqualError(t, err, "given up after 1 of 3 cases: enough")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// A test of a plugin's own keeps a report of all its cases.
func TestReportOfATest(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, flag.Set("conformance.report", dir))
	t.Cleanup(func() { require.NoError(t, flag.Set("conformance.report", "")) })
	cases := []conformance.Case{
		{ID: "AAA-001", Profile: trial.Core, Run: answers(nil)},
		{ID: "AAA-002", Profile: trial.Core, Run: answers(nil)},
		{ID: "AAA-003", Profile: trial.Durable, Run: answers(nil)},
	}
	judged := func(t *testing.T, o conformance.Options) *report.Report {
		t.Helper()
		rep := conformance.TestWith(t, conformance.InMem(), o.Only(cases...))
		file, err := os.Open(filepath.Join(dir, t.Name(), report.JSONFile))
		require.NoError(t, err)
		defer file.Close()
		kept, err := report.Read(file)
		require.NoError(t, err)
		require.True(t, rep.Began.Equal(kept.Began))
		kept.Began = rep.Began
		require.Equal(t, rep, kept)
		return rep
	}
	t.Run("whole", func(t *testing.T) {
		rep := judged(t, conformance.Options{Seed: 9})
		require.Equal(t, "inmem", rep.Plugin.Name)
		require.Equal(t, uint64(9), rep.Seed)
		require.Equal(t, "2 PASS, 1 UNSUPPORTED", rep.Tally(""))
		require.True(t, rep.Profiles[0].Conformant)
		require.False(t, rep.Profiles[1].Claimed)
	})
	t.Run("part", func(t *testing.T) {
		rep := judged(t, conformance.Options{Run: []string{"AAA-001"}})
		require.True(t, rep.Partial)
		require.False(t, rep.Profiles[0].Conformant)
	})
}
