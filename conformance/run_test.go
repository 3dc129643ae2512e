package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

func answers(err error) func(context.Context, *trial.Stage) error {
	return func(context.Context, *trial.Stage) error { return err }
}

func TestStates(t *testing.T) {
	for name, c := range map[string]struct {
		c      conformance.Case
		state  report.State
		reason string
	}{
		"held":        {conformance.Case{Profile: trial.Core, Run: answers(nil)}, report.Pass, ""},
		"broken":      {conformance.Case{Profile: trial.Core, Run: answers(errors.New("lost"))}, report.Fail, "lost"},
		"not judged":  {conformance.Case{Profile: trial.Core, Run: answers(trial.Harness(errors.New("no disk")))}, report.Error, "no disk"},
		"no means":    {conformance.Case{Profile: trial.Core, Run: answers(trial.Unable("no strace"))}, report.Unsupported, "no strace"},
		"no profile":  {conformance.Case{Profile: trial.Durable, Run: answers(nil)}, report.Unsupported, "profile durable isn't claimed"},
		"no claim":    {conformance.Case{Profile: trial.Core, Claims: sdk.Claims{sdk.CanInspect}, Run: answers(nil)}, report.Unsupported, "inspect isn't claimed"},
		"no process":  {conformance.Case{Profile: trial.Core, Needs: []trial.Need{trial.NeedProcess}, Run: answers(nil)}, report.Skip, "process of its own"},
		"it panicked": {conformance.Case{Profile: trial.Core, Run: func(context.Context, *trial.Stage) error { panic("oops") }}, report.Fail, "a panic: oops"},
	} {
		t.Run(name, func(t *testing.T) {
			c.c.ID = "TST-001"
			good := conformance.Case{ID: "TST-002", Profile: trial.Core, Run: answers(nil)}
			rep, err := conformance.Run(t.Context(), conformance.InMem(), conformance.Options{Dir: t.TempDir()}.Only(c.c, good))
			require.NoError(t, err)
			require.Equal(t, c.state, rep.Results[0].State)
			require.Contains(t, rep.Results[0].Reason, c.reason)
			require.Equal(t, report.Pass, rep.Results[1].State, "a case's end is no other's")
		})
	}
}

func TestNothingPlayedIsAnError(t *testing.T) {
	none := conformance.Case{ID: "TST-001", Profile: trial.Durable, Run: answers(nil)}
	_, err := conformance.Run(t.Context(), conformance.InMem(), conformance.Options{}.Only(none))
	require.ErrorContains(t, err, "nothing has been shown")
}

func TestChoosing(t *testing.T) {
	cases := []conformance.Case{
		{ID: "AAA-001", Profile: trial.Core, Run: answers(nil)},
		{ID: "AAA-002", Profile: trial.Core, Run: answers(nil)},
		{ID: "BBB-001", Profile: trial.Core, Run: answers(nil)},
	}
	for _, c := range []struct {
		run, skip []string
		want      string
	}{
		{nil, nil, "[AAA-001 PASS AAA-002 PASS BBB-001 PASS]"},
		{[]string{"AAA"}, nil, "[AAA-001 PASS AAA-002 PASS]"},
		{[]string{"*-001"}, nil, "[AAA-001 PASS BBB-001 PASS]"},
		{[]string{"BBB-001", "AAA-002"}, nil, "[AAA-002 PASS BBB-001 PASS]"},
		{nil, []string{"AAA-001", "BBB"}, "[AAA-001 SKIP AAA-002 PASS BBB-001 SKIP]"},
	} {
		rep, err := conformance.Run(t.Context(), conformance.InMem(), conformance.Options{Run: c.run, Skip: c.skip, Dir: t.TempDir()}.Only(cases...))
		require.NoError(t, err)
		var got []string
		for _, r := range rep.Results {
			got = append(got, r.ID, string(r.State))
		}
		require.Equal(t, c.want, fmt.Sprint(got))
		require.Equal(t, len(c.run) > 0, rep.Partial)
	}
	_, err := conformance.Run(t.Context(), conformance.InMem(), conformance.Options{Run: []string{"CCC"}}.Only(cases...))
	require.ErrorContains(t, err, `no case has the ID or family "CCC"`)
}

// A profile is conformant when all of it was played and nothing in it failed.
func TestProfiles(t *testing.T) {
	good := conformance.Case{ID: "AAA-001", Profile: trial.Core, Run: answers(nil)}
	bad := conformance.Case{ID: "AAA-002", Profile: trial.Core, Run: answers(errors.New("no"))}
	conformant := func(o conformance.Options, cases ...conformance.Case) bool {
		o.Dir = t.TempDir()
		rep, err := conformance.Run(t.Context(), conformance.InMem(), o.Only(cases...))
		require.NoError(t, err)
		require.Equal(t, "core", rep.Profiles[0].Name)
		require.False(t, rep.Profiles[1].Claimed, "inmem doesn't claim durable")
		require.False(t, rep.Profiles[1].Conformant)
		return rep.Profiles[0].Conformant
	}
	require.True(t, conformant(conformance.Options{}, good))
	require.False(t, conformant(conformance.Options{}, good, bad))
	require.False(t, conformant(conformance.Options{Skip: []string{"AAA-002"}}, good, bad), "a claim with a skip isn't conformant")
	require.False(t, conformant(conformance.Options{Run: []string{"AAA-001"}}, good), "a part isn't the whole")
}

// The same seed gives a case the same chances, whatever else is played.
func TestSeed(t *testing.T) {
	drawn := map[string][]uint64{}
	draw := func(name string) conformance.Case {
		return conformance.Case{ID: name, Profile: trial.Core, Run: func(_ context.Context, s *trial.Stage) error {
			drawn[name] = append(drawn[name], s.Rand.Uint64())
			return nil
		}}
	}
	for _, seed := range []uint64{7, 7, 8} {
		_, err := conformance.Run(t.Context(), conformance.InMem(), conformance.Options{Seed: seed, Dir: t.TempDir()}.Only(draw("AAA-001"), draw("AAA-002")))
		require.NoError(t, err)
	}
	a, b := drawn["AAA-001"], drawn["AAA-002"]
	require.Equal(t, a[0], a[1])
	require.NotEqual(t, a[0], a[2])
	require.NotEqual(t, a[0], b[0])
}

func TestWhatIsKept(t *testing.T) {
	leave := func(err error) func(context.Context, *trial.Stage) error {
		return func(_ context.Context, s *trial.Stage) error {
			return errors.Join(err, trial.Harness(os.WriteFile(filepath.Join(s.Dir, "trace"), nil, 0o600)))
		}
	}
	dir := t.TempDir()
	rep, err := conformance.Run(t.Context(), conformance.InMem(), conformance.Options{Dir: dir, Seed: 5, Repeat: "again %s %d"}.Only(
		conformance.Case{ID: "AAA-001", Profile: trial.Core, Run: leave(nil)},
		conformance.Case{ID: "AAA-002", Profile: trial.Core, Run: leave(errors.New("no"))},
	))
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(dir, "AAA-001"))
	require.FileExists(t, filepath.Join(rep.Results[1].Kept, "trace"))
	require.Equal(t, "again AAA-002 5", rep.Results[1].Repeat)
	require.Empty(t, rep.Results[0].Repeat)
}

// A backend that hangs doesn't hold its judge up case by case.
func TestGivingUp(t *testing.T) {
	const patience = time.Millisecond
	hangs := func(ctx context.Context, _ *trial.Stage) error {
		ctx, cancel := context.WithTimeout(ctx, 2*patience)
		defer cancel()
		<-ctx.Done()
		return errors.New("it hangs")
	}
	var cases []conformance.Case
	for _, c := range []struct {
		id  string
		run func(context.Context, *trial.Stage) error
	}{
		{"AAA-001", hangs}, {"AAA-002", answers(nil)}, {"AAA-003", hangs}, {"AAA-004", hangs}, {"AAA-005", hangs}, {"BBB-001", hangs},
	} {
		cases = append(cases, conformance.Case{ID: c.id, Profile: trial.Core, Run: c.run})
	}
	rep, err := conformance.Run(t.Context(), conformance.InMem(), conformance.Options{Dir: t.TempDir(), Patience: patience, GiveUp: 2}.Only(cases...))
	require.NoError(t, err)
	var states []report.State
	for _, r := range rep.Results {
		states = append(states, r.State)
	}
	require.Equal(t, []report.State{report.Fail, report.Pass, report.Fail, report.Fail, report.Skip, report.Fail}, states)
}

// Every case can be named, has a promise, and is one of a kind.
func TestCasesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range conformance.Cases() {
		require.Regexp(t, `^[A-Z0-9]{3}-[a-z0-9_]+$`, c.ID)
		require.False(t, seen[c.ID], "%s is there twice", c.ID)
		seen[c.ID] = true
		require.NotEmpty(t, c.Title, c.ID)
		require.NotEmpty(t, c.Promise, c.ID)
		require.NotEmpty(t, c.Rule, c.ID)
		require.Contains(t, trial.Profiles(), c.Profile, c.ID)
		require.NotNil(t, c.Run, c.ID)
	}
}
