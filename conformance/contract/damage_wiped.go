package contract

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// identityFile is sdk.Guard's.
const identityFile = "IDENTITY"

// wiped opens a directory of which only IDENTITY is left, and one of which nothing
// is, for a host that remembers it.
func wiped(ctx context.Context, s *trial.Stage) error {
	w, err := wholeDirectory(ctx, s)
	if err != nil {
		return err
	}
	half := directory{identityFile: w.files[identityFile]}
	if len(half[identityFile]) == 0 {
		return fmt.Errorf("a directory that was used has no %s (R16)", identityFile)
	}
	return errors.Join(
		refusesHost(ctx, s, w.dir, half, s.Machine("n1"), "only IDENTITY is left, for a host that begins anew"),
		refusesHost(ctx, s, w.dir, half, w.machine, "only IDENTITY is left, for a host that lives on"),
		refusesHost(ctx, s, w.dir, directory{}, w.machine, "nothing is left, for a host that lives on"),
	)
}

func refusesHost(ctx context.Context, s *trial.Stage, dir string, files directory, m *trial.Machine, what string) error {
	if err := files.replace(dir); err != nil {
		return err
	}
	n, err := s.Session(ctx, "n1", m)
	if err != nil {
		return err
	}
	defer n.Forget(ctx)
	if err = opened(ctx, n); err == nil {
		return fmt.Errorf("%s: it was opened", what)
	}
	if err := errors.Join(named(err), files.unchanged(dir)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// older puts back what the directory was before the last entries.
func older(ctx context.Context, s *trial.Stage) error {
	w, err := wholeDirectory(ctx, s)
	if err != nil {
		return err
	}
	n, err := s.Open(ctx, "n1", w.machine)
	if err != nil {
		return err
	}
	stored := w.machine.Applied()
	if err := fill(ctx, w.record, n, "later", 40); err != nil {
		return err
	}
	if err := w.record.mark(ctx, s, n); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	if err := w.files.replace(w.dir); err != nil {
		return err
	}
	return tellsOrRefuses(ctx, s, w.machine, stored)
}

func tellsOrRefuses(ctx context.Context, s *trial.Stage, m *trial.Machine, stored uint64) error {
	n, err := s.Session(ctx, "n1", m)
	if err != nil {
		return err
	}
	defer n.Forget(ctx)
	if err := opened(ctx, n); err != nil {
		return named(err)
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	if err := m.Await(within, "a status", func() bool { return m.Status().Health != 0 }); err != nil {
		return err
	}
	if said := m.Status().StoredIndex; said >= m.Applied() {
		return fmt.Errorf("it was opened, and its stored_index is %d: the directory holds %d entries, and the host has %d", said, stored, m.Applied())
	}
	return nil
}
