package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// Version is the suite's: it changes when a case comes, goes, or asks for more.
const Version = "1.2.0"

// Options say what of the suite is played, and how.
type Options struct {
	Run  []string // families, IDs or patterns of IDs; none: all
	Skip []string // likewise; none: nothing
	Seed uint64   // of everything random: the same one plays the same cases alike
	Dir  string   // for data; empty: a temporary one
	Keep bool     // leave the directories of cases that passed, too
	// Replay is a saved sequence that DIF-001 and DIF-002 do instead of a random
	// one; empty: none.
	Replay string
	// GiveUp ends a family after so many of its cases have failed by waiting in
	// vain, one after the other: what is left of it is a SKIP. 0: never.
	GiveUp int

	Patience time.Duration // for one call of the backend; 0: trial.DefaultPatience
	// Repeat is the command that plays one case again; %s is where its ID goes, %d
	// where the seed. Empty: that of conformance.Test.
	Repeat string
	// Progress hears of every case: before it with an empty State, and after it.
	Progress func(done, all int, r report.Result)

	cases []Case    // nil: Cases()
	info  *sdk.Info // nil: the target is asked
}

// Run judges target: every case after the other, each on a stage of its own. An
// error says that nothing could be judged at all, or that ctx has ended; what
// became of the cases is in the report. Nothing that it started is left when it
// returns.
func Run(ctx context.Context, target Target, o Options) (*report.Report, error) {
	r, err := newRunner(ctx, target, o)
	if err != nil {
		return nil, err
	}
	defer r.clear()
	for i, c := range r.cases {
		r.progress(i, r.blank(c))
		result := r.play(ctx, c)
		if ctx.Err() != nil { // so the result says nothing
			return nil, fmt.Errorf("given up after %d of %d cases: %w", i, len(r.cases), context.Cause(ctx))
		}
		r.report.Results = append(r.report.Results, result)
		r.progress(i+1, result)
	}
	r.report.Seconds = time.Since(r.report.Began).Seconds()
	r.report.Profiles = profiles(r.report, r.info.Claims)
	if r.report.Executed() == 0 {
		return r.report, errors.New("no case was played: nothing has been shown")
	}
	return r.report, nil
}

type runner struct {
	options Options
	target  Target
	info    sdk.Info
	dir     string
	own     bool // dir is ours to remove
	cases   []Case
	report  *report.Report
	waited  waiting
}

func newRunner(ctx context.Context, target Target, o Options) (*runner, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	info, err := infoOf(ctx, target, o)
	if err != nil {
		return nil, fmt.Errorf("%s doesn't say what it is: %w", target.Name(), err)
	}
	r := &runner{options: o, target: target, info: info, dir: o.Dir}
	if r.cases = o.cases; r.cases == nil {
		r.cases = Cases()
	}
	if r.cases, err = pick(r.cases, o.Run); err != nil {
		return nil, err
	}
	if r.dir == "" {
		if r.dir, err = os.MkdirTemp("", "metalog-conformance-"); err != nil {
			return nil, err
		}
		r.own = true
	}
	r.report = &report.Report{
		SuiteVersion: Version, Target: target.Name(), Seed: o.Seed, Began: time.Now(), Partial: len(o.Run) > 0,
		Plugin: report.Plugin{Name: info.Name, Version: info.Version, DataFormat: info.DataFormat, SHA256: info.SHA256, Claims: []string{}},
	}
	for _, c := range info.Claims {
		r.report.Plugin.Claims = append(r.report.Plugin.Claims, string(c))
	}
	return r, nil
}

func infoOf(ctx context.Context, target Target, o Options) (sdk.Info, error) {
	if o.info != nil {
		return *o.info, nil
	}
	return target.Info(ctx)
}

// pick keeps the cases that were asked for. A pattern that is for none is a
// mistake of the caller's.
func pick(cases []Case, patterns []string) ([]Case, error) {
	if len(patterns) == 0 {
		return cases, nil
	}
	var picked []Case
	for _, c := range cases {
		if chosen(patterns, c) {
			picked = append(picked, c)
		}
	}
	return picked, known(picked, patterns)
}

func (r *runner) progress(done int, result report.Result) {
	if r.options.Progress != nil {
		r.options.Progress(done, len(r.cases), result)
	}
}

func (r *runner) blank(c Case) report.Result {
	return report.Result{
		ID: c.ID, Family: c.Family(), Title: c.Title, Promise: c.Promise, Rule: c.Rule, Profile: string(c.Profile),
	}
}

// play judges one case, or says why not.
func (r *runner) play(ctx context.Context, c Case) report.Result {
	result := r.blank(c)
	if result.State, result.Reason = r.excused(c); result.State != "" {
		return result
	}
	if o := r.options; o.GiveUp > 0 && r.waited.in(c.Family()) >= o.GiveUp {
		result.State, result.Reason = report.Skip, fmt.Sprintf("given up: %d cases of %s before it had waited in vain", o.GiveUp, c.Family())
		return result
	}
	begin := time.Now()
	dir := filepath.Join(r.dir, c.ID)
	logs, err := r.guarded(ctx, c, trial.Setting{
		Target: r.target, Info: r.info, Dir: dir, Seed: r.options.Seed, Patience: r.options.Patience, Replay: r.options.Replay,
	})
	result.Seconds = time.Since(begin).Seconds()
	result.State, result.Reason = judge(err)
	r.waited.note(result, r.options.patience())
	if failed := result.State == report.Fail || result.State == report.Error; failed && ctx.Err() == nil {
		result.Log, result.Repeat, result.Kept = logs.Tail(), r.repeat(c), dir
		r.own = false
	} else if !r.options.Keep {
		_ = os.RemoveAll(dir)
	}
	return result
}

func judge(err error) (report.State, string) {
	switch {
	case err == nil:
		return report.Pass, ""
	case trial.IsUnable(err):
		return report.Unsupported, err.Error()
	case trial.IsHarness(err):
		return report.Error, err.Error()
	default:
		return report.Fail, err.Error()
	}
}

// excused says why a case isn't played, with an empty state if it is.
func (r *runner) excused(c Case) (report.State, string) {
	if chosen(r.options.Skip, c) {
		return report.Skip, "it was asked to be left out"
	}
	if !c.Profile.Claimed(r.info.Claims) {
		return report.Unsupported, fmt.Sprintf("profile %s isn't claimed", c.Profile)
	}
	for _, claim := range c.Claims {
		if !r.info.Claims.Has(claim) {
			return report.Unsupported, fmt.Sprintf("%s isn't claimed", claim)
		}
	}
	needs := c.Needs
	if c.NodeCount() > 1 {
		needs = append(needs[:len(needs):len(needs)], trial.NeedCluster)
	}
	for _, n := range needs {
		if n == trial.NeedLasting && r.info.Claims.Has(sdk.Durable) {
			continue
		}
		if err := r.target.Offers(n); trial.IsUnable(err) {
			return report.Unsupported, err.Error()
		} else if err != nil {
			return report.Skip, err.Error()
		}
	}
	return "", ""
}

// grace is what a case gets beyond its time to clear its stage.
const grace = 30 * time.Second

// guarded plays a case, and gives it up when it doesn't end: the suite goes on,
// whatever a case hangs in.
func (r *runner) guarded(ctx context.Context, c Case, set trial.Setting) (trial.Logs, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Limit(), fmt.Errorf("the case took longer than %v", c.Limit()))
	defer cancel()
	type played struct {
		logs trial.Logs
		err  error
	}
	done := make(chan played, 1)
	go func() {
		logs, err := trial.Play(ctx, c, set)
		done <- played{logs, err}
	}()
	late := time.NewTimer(c.Limit() + grace)
	defer late.Stop()
	select {
	case p := <-done:
		return p.logs, p.err
	case <-late.C:
		return trial.NewLogs(), trial.Harness(fmt.Errorf("the case didn't end and was left behind; goroutines:\n%s", stacks()))
	}
}

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

func (r *runner) repeat(c Case) string {
	command := r.options.Repeat
	if command == "" {
		command = "go test -run 'TestConformance/%s' -conformance.seed %d"
	}
	return strings.NewReplacer("%s", c.ID, "%d", fmt.Sprint(r.options.Seed)).Replace(command)
}

func (r *runner) clear() {
	if r.own && !r.options.Keep {
		_ = os.RemoveAll(r.dir)
	}
}

// profiles sums up the results of each.
func profiles(rep *report.Report, claims sdk.Claims) []report.Profile {
	var out []report.Profile
	for _, name := range trial.Profiles() {
		p := report.Profile{Name: string(name), Claimed: name.Claimed(claims), Counts: map[report.State]int{}}
		for _, result := range rep.Results {
			if result.Profile == p.Name {
				p.Counts[result.State]++
			}
		}
		p.Conformant = p.Claimed && !rep.Partial && p.Counts[report.Pass] > 0 &&
			p.Counts[report.Fail]+p.Counts[report.Error]+p.Counts[report.Skip] == 0
		out = append(out, p)
	}
	return out
}
