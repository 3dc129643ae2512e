package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
)

// judgeFlags are those of plugin test.
type judgeFlags struct {
	run, skip []string
	seed      uint64
	dir       string // to look for plugins in
	options   string // a file
	replay    string // a file
	reports   string // a directory
	keep      bool
	patience  time.Duration
	progress  progressMode
}

// giveUp keeps a backend that hangs from holding its judge up for an hour.
const giveUp = 4

func (c *cli) pluginTestCommand() *cobra.Command {
	f := &judgeFlags{progress: progressAuto}
	cmd := &cobra.Command{
		Use:   "test NAME|PATH",
		Short: "Judge a backend by the conformance suite",
		Long: `Judge a backend by the conformance suite, as a host runs it: in processes of its
own. It is a built-in one, a file NAME or metalog-backend-NAME of --plugin-dir, or
a path.

What it claims decides what it is held to. A profile is conformant if each of its
cases passed; one that was left out counts against it. A failure prints the
promise, what was seen instead, and the command that plays the case again.

Exit codes: 0 nothing failed, 7 the contract was broken, 1 something couldn't be
judged, or nothing was, 2 usage.`,
		Example: `  metalog plugin test ./metalog-backend-acme
  metalog plugin test local --run ORD,SNP-002 --seed 7
  metalog plugin test acme --plugin-dir /usr/lib/metalog --report reports`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			if !cmd.Flags().Changed("seed") {
				f.seed = freshSeed()
			}
			return c.judge(cmd.Context(), given[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.run, "run", nil, "only these families, cases or patterns such as 'SNP-00*'")
	flags.StringSliceVar(&f.skip, "skip", nil, "not these; a profile that lacks one isn't conformant")
	flags.Uint64Var(&f.seed, "seed", 0, "of everything random in the suite (default: a new one, which is printed)")
	flags.StringVar(&f.dir, "plugin-dir", "", "where a NAME is looked for")
	flags.StringVar(&f.options, "options", "", "a file with the backend's own settings, in JSON")
	flags.StringVar(&f.replay, "replay", "", "a saved sequence that DIF-001 and DIF-002 do, instead of a random one")
	flags.StringVar(&f.reports, "report", "", "a directory for report.json, report.md, junit.xml and what failed cases leave")
	flags.BoolVar(&f.keep, "keep", false, "keep the directories of cases that passed, too")
	flags.DurationVar(&f.patience, "patience", 0, "how long one call of the backend may take (default 10s)")
	flags.Var(&f.progress, "progress", "auto, plain, json or none")
	return cmd
}

// judge runs the suite, writes the report where it was asked for, and prints it.
func (c *cli) judge(ctx context.Context, name string, f *judgeFlags) error {
	target, o, err := f.prepare(name)
	if err != nil {
		return err
	}
	shown := &hearing{c: c, mode: f.progress, seed: f.seed, target: target.Name()}
	o.Progress = shown.hear
	rep, err := conformance.Run(ctx, target, o)
	shown.stop()
	if f.reports != "" {
		_ = os.Remove(o.Dir) // which does nothing to one that holds something
	}
	if rep == nil {
		return &failure{code: exitError, err: err}
	}
	return errors.Join(c.showReport(rep, f.reports), verdictOf(rep, err))
}

func (f *judgeFlags) prepare(name string) (conformance.Target, conformance.Options, error) {
	o := conformance.Options{
		Run: f.run, Skip: f.skip, Seed: f.seed, Keep: f.keep, Patience: f.patience, Replay: f.replay, Repeat: f.repeat(name),
		GiveUp: giveUp,
	}
	p, err := pluginIn(f.dir, name)
	if err == nil {
		err = conformance.Known(slices.Concat(f.run, f.skip)...)
	}
	if err != nil {
		return nil, o, usagef("%w", err)
	}
	settings, err := f.settings()
	if err == nil && f.reports != "" {
		o.Dir, err = f.dataDir()
	}
	return conformance.Binary(p, settings), o, err
}

// settings reads --options.
func (f *judgeFlags) settings() (json.RawMessage, error) {
	if f.options == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(f.options)
	if err != nil {
		return nil, usagef("--options: %w", err)
	}
	if err := parseJSON(raw, "settings", &map[string]any{}); err != nil {
		return nil, usagef("--options %s: %w", f.options, err)
	}
	return raw, nil
}

// dataDir makes a new directory among the reports, so that what failed cases leave
// is kept with them and never mixed with that of an earlier run.
func (f *judgeFlags) dataDir() (string, error) {
	dir, err := filepath.Abs(f.reports)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", usagef("--report: %w", err)
	}
	return os.MkdirTemp(dir, "data-")
}

// repeat is the command that plays one case again, as conformance.Options has it.
func (f *judgeFlags) repeat(name string) string {
	words := []string{"metalog plugin test", word(name), "--run %s --seed %d"}
	if f.dir != "" {
		words = append(words, "--plugin-dir", word(f.dir))
	}
	if f.options != "" {
		words = append(words, "--options", word(f.options))
	}
	if f.replay != "" {
		words = append(words, "--replay", word(f.replay))
	}
	if f.patience != 0 {
		words = append(words, "--patience", f.patience.String())
	}
	return strings.Join(words, " ")
}

// word is quote where a shell would see more than one plain word.
func word(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return quote(text)
}

func (c *cli) showReport(rep *report.Report, dir string) error {
	if dir != "" {
		if err := rep.WriteDir(dir); err != nil {
			return &failure{code: exitError, err: err}
		}
		c.note("report: %s", filepath.Join(dir, report.MarkdownFile))
	}
	var err error
	return errors.Join(c.show(rep, func() { err = rep.WriteText(c.out) }), err)
}

// verdictOf turns a report into the exit code, the worst first. judging is what
// the run itself said.
func verdictOf(rep *report.Report, judging error) error {
	failed, unjudged := rep.Count(report.Fail), rep.Count(report.Error)
	switch {
	case failed > 0:
		return &failure{code: exitNonconformant, err: fmt.Errorf("the contract is broken by %d of %d cases", failed, rep.Executed())}
	case unjudged > 0:
		return &failure{code: exitError, err: fmt.Errorf("%d of %d cases couldn't be judged", unjudged, rep.Executed())}
	case judging != nil:
		return &failure{code: exitError, err: judging}
	default:
		return nil
	}
}

// freshSeed is a new one, short enough to be typed.
func freshSeed() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return uint64(binary.BigEndian.Uint32(b[:]))
}
