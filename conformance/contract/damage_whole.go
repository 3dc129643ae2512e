package contract

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// whole is a directory before anything happens to it, and what is in it.
type whole struct {
	dir     string
	files   directory
	machine *trial.Machine
	record  *record
}

// wholeDirectory fills one: some hundred entries, a snapshot below some of them
// if the backend makes any, and an end by Close or by SIGKILL.
func wholeDirectory(ctx context.Context, s *trial.Stage) (*whole, error) {
	dir, err := s.DataDir("n1")
	if err != nil {
		return nil, err
	}
	r := newRecord()
	n, err := filled(ctx, s, r, 240)
	if err != nil {
		return nil, err
	}
	if s.Info.Claims.Has(sdk.CanCompact) {
		if err := n.Compact(ctx); err != nil {
			return nil, err
		}
	}
	if err := fill(ctx, r, n, "more", 160); err != nil {
		return nil, err
	}
	if err := r.mark(ctx, s, n); err != nil {
		return nil, err
	}
	end := n.Close
	if s.Target.Offers(trial.NeedKill) == nil && s.Rand.IntN(2) == 0 {
		end = n.Kill
	}
	if err := end(ctx); err != nil {
		return nil, err
	}
	files, err := readDirectory(dir)
	return &whole{dir: dir, files: files, machine: n.Machine, record: r}, err
}

// complete says that n, which is open, delivers all that is in w and nothing
// else; or that it ends and names the damage, which it may have come to late.
func (w *whole) complete(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	want := w.machine.Entries()
	within, cancel := s.Within(ctx)
	defer cancel()
	alive, stop := n.Alive(within)
	defer stop()
	err := n.Machine.Await(alive, fmt.Sprintf("the delivery of all %d entries", len(want)), func() bool {
		return n.Machine.Applied() >= w.machine.Applied()
	})
	switch end := n.Ended(); {
	case end != nil:
		return named(end)
	case err != nil:
		return err
	}
	if err := sameEntries(want, n.Machine.Entries()); err != nil {
		return err
	}
	return w.record.judge(n.Machine)
}

// opened opens n as its host does.
func opened(ctx context.Context, n *trial.Session) error {
	err := n.Open(ctx, func(*sdk.Config) {})
	if err == nil {
		return nil
	}
	if end := n.Ended(); end != nil && !sdk.Terminal(err) {
		return fmt.Errorf("%w; %w", err, end)
	}
	return err
}

// named says that a refusal is one by its reason, and tells what is wrong.
func named(err error) error {
	switch {
	case trial.IsHarness(err), trial.IsHang(err):
		return err
	case crashed(err):
		return fmt.Errorf("it ends the process by a crash, and nothing names the damage: %w", err)
	case !sdk.Terminal(err):
		return fmt.Errorf("it is refused without a terminal reason such as CORRUPT or WRONG_DATA, so its host would try for ever: %w", err)
	case strings.TrimSpace(err.Error()) == "":
		return fmt.Errorf("it is refused, and the error says nothing")
	}
	return nil
}

// crashed reports whether err is that of a program that broke: what a backend
// recovers from and names is another matter.
func crashed(err error) bool {
	if sdk.Terminal(err) {
		return false
	}
	for _, sign := range []string{"panic:", "fatal error:", "unexpected fault address", "(signal:", "SIGSEGV", "SIGBUS"} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}
