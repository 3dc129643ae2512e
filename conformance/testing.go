package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chronik-stream/metalog/conformance/report"
)

// reportsEnv is for runs of many packages, of which some don't have the flag.
const reportsEnv = "CONFORMANCE_REPORTS"

var (
	seed    = flag.Uint64("conformance.seed", 1, "of everything random in the conformance suite")
	reports = flag.String("conformance.report", os.Getenv(reportsEnv), "a directory for the report of each conformance.Test, below the test's name; also "+reportsEnv)
)

// Test judges target within a test of a plugin's own: a subtest for each case,
// named by its ID. What isn't claimed is logged, what can't be judged this way is
// skipped with its reason.
//
//	func TestConformance(t *testing.T) { conformance.Test(t, conformance.InProcess(spec)) }
func Test(t *testing.T, target Target) { TestWith(t, target, Options{Seed: *seed}) }

// TestWith is Test with other options. Progress is its own.
func TestWith(t *testing.T, target Target, o Options) *report.Report {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	cases := o.cases
	if cases == nil {
		cases = Cases()
	}
	o.Progress = nil
	if o.Repeat == "" {
		o.Repeat = repeatTest(t.Name())
	}
	info, err := target.Info(t.Context()) // once for all cases: it may cost a process
	if err != nil {
		t.Fatalf("%s doesn't say what it is: %v", target.Name(), err)
	}
	o.info = &info
	whole := &report.Report{}
	for _, c := range cases {
		if len(o.Run) > 0 && !chosen(o.Run, c) {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			t.Helper()
			one := o
			one.cases, one.Run = []Case{c}, nil
			rep, err := Run(t.Context(), target, one)
			if rep == nil {
				t.Fatal(err)
			}
			gather(whole, rep, len(cases)) // first: a skip ends this function
			logResult(t, rep.Results[0])
		})
	}
	if !t.Failed() && whole.Executed() == 0 {
		t.Error("no case was played: nothing has been shown")
	}
	if *reports != "" {
		if err := whole.WriteDir(filepath.Join(*reports, filepath.FromSlash(t.Name()))); err != nil {
			t.Error(err)
		}
	}
	return whole
}

// repeatTest is the command for a test of that name.
func repeatTest(name string) string {
	return fmt.Sprintf("go test -run '^%s$/^%%s$' -conformance.seed %%d", strings.ReplaceAll(name, "/", "$/^"))
}

func logResult(t *testing.T, r report.Result) {
	t.Helper()
	switch r.State {
	case report.Pass:
	case report.Unsupported:
		t.Logf("%s: %s", r.State, r.Reason)
	case report.Skip:
		t.Skipf("not shown: %s (%s)", r.Promise, r.Reason)
	default:
		t.Errorf("%s %s %s\npromise: %s (%s)\ncause:   %s\nagain:   %s\nlog:\n%s",
			r.State, r.ID, r.Title, r.Promise, r.Rule, r.Reason, r.Repeat, quoted(r.Log))
	}
}

func quoted(lines []string) string {
	if len(lines) == 0 {
		return "  (nothing was printed)"
	}
	return fmt.Sprintf("  %s", strings.Join(lines, "\n  "))
}
