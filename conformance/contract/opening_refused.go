package contract

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// same leaves a node's configuration as it is.
func same(*sdk.Config) {}

// refuses opens node n1 with a changed configuration, which must fail for one of
// the reasons.
func refuses(ctx context.Context, s *trial.Stage, change func(*sdk.Config), what string, reasons ...sdk.Reason) error {
	_, err := s.OpenWith(ctx, "n1", s.Machine("n1"), change)
	return because(err, what, "", reasons...)
}

// because says what is wrong with the error of an Open that had to be refused: for
// one of these reasons, and with some text.
func because(err error, what, text string, reasons ...sdk.Reason) error {
	var e *sdk.Error
	switch {
	case err == nil:
		return fmt.Errorf("%s: Open went well", what)
	case trial.IsHang(err) || trial.IsHarness(err):
		return err
	case !errors.As(err, &e) || !slices.Contains(reasons, e.Reason):
		return fmt.Errorf("%s: Open was to be refused as %v, and failed with: %w", what, reasons, err)
	case !strings.Contains(err.Error(), text):
		return fmt.Errorf("%s: the refusal doesn't say %q: %w", what, text, err)
	}
	return nil
}

// untouched opens node n1 on dir, which must be refused for one of the reasons, by
// name, and without a change.
func untouched(ctx context.Context, s *trial.Stage, dir, name string, reasons ...sdk.Reason) error {
	before, err := treeOf(dir)
	if err != nil {
		return err
	}
	_, err = s.OpenWith(ctx, "n1", s.Machine("n1"), func(c *sdk.Config) { c.DataDir = dir })
	if err := because(err, "directory "+filepath.Base(dir), name, reasons...); err != nil {
		return err
	}
	after, err := treeOf(dir)
	if err != nil {
		return err
	}
	if err := before.changedTo(after); err != nil {
		return fmt.Errorf("directory %s was refused and changed: %w", filepath.Base(dir), err)
	}
	return nil
}

func halfWiped(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	if err := errors.Join(n.Propose(ctx, []byte("lost")), n.Close(ctx)); err != nil {
		return err
	}
	dir := s.World.Config("n1").DataDir
	names, err := os.ReadDir(dir)
	if err != nil {
		return trial.Harness(err)
	}
	for _, e := range names {
		if e.Name() != "IDENTITY" && e.Name() != "LOCK" {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return trial.Harness(err)
			}
		}
	}
	return untouched(ctx, s, dir, "wiped", sdk.ReasonWrongData)
}

func hostAhead(ctx context.Context, s *trial.Stage) error {
	dir := filepath.Join(s.Dir, "gone")
	_, err := s.OpenWith(ctx, "n1", s.Machine("n1"), func(c *sdk.Config) { c.DataDir, c.Applied = dir, 5 })
	if err := because(err, "an absent directory under a host that has applied up to 5", "", sdk.ReasonWrongData); err != nil {
		return err
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return errors.New("the directory was refused, and is there")
	}
	return nil
}

// neverMade opens a node on a directory that isn't there, and on one that is empty.
func neverMade(ctx context.Context, s *trial.Stage) error {
	dir := filepath.Join(s.Dir, "never-made")
	absent := func(c *sdk.Config) { c.DataDir = dir }
	if err := refuses(ctx, s, absent, "a directory that nobody has made", sdk.ReasonWrongData); err != nil {
		return err
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return errors.New("a directory that nobody has made was refused, and is there")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return trial.Harness(err)
	}
	return untouched(ctx, s, dir, "", sdk.ReasonWrongData)
}

func fileAsDirectory(ctx context.Context, s *trial.Stage) error {
	path := filepath.Join(s.Dir, "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return trial.Harness(err)
	}
	_, err := s.OpenWith(ctx, "n1", s.Machine("n1"), func(c *sdk.Config) { c.DataDir = path })
	if err := because(err, "a file as data directory", "", sdk.ReasonInvalidConfig); err != nil {
		return err
	}
	var e *sdk.Error
	if errors.As(err, &e) && e.Field != "data_dir" {
		return fmt.Errorf("the setting at fault is data_dir, and the refusal names %q: %w", e.Field, err)
	}
	return nil
}

func readOnlyDirectory(ctx context.Context, s *trial.Stage) error {
	if os.Geteuid() == 0 {
		return trial.Unable("root may write everywhere")
	}
	dir := filepath.Join(s.Dir, "read-only")
	if err := os.Mkdir(dir, 0o500); err != nil {
		return trial.Harness(err)
	}
	defer func() { _ = os.Chmod(dir, 0o700) }() // else it couldn't be removed
	return refuses(ctx, s, func(c *sdk.Config) { c.DataDir = dir }, "a directory that can't be written",
		sdk.ReasonInvalidConfig, sdk.ReasonWrongData) // of a replicated one there is no IDENTITY either
}

// openGivenUp may find Open quicker than the end of its context.
func openGivenUp(ctx context.Context, s *trial.Stage) error {
	n, err := s.Session(ctx, "n1", s.Machine("n1"))
	if err != nil {
		return err
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if err := n.Open(over, same); trial.IsHang(err) {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	return succeeds(ctx, s, "an Open that was given up")
}

func rightAfterWrong(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	if err := errors.Join(n.Propose(ctx, []byte("first")), n.Close(ctx)); err != nil {
		return err
	}
	wrong := func(c *sdk.Config) { c.ClusterID = "another-cluster" }
	for range 2 {
		if err := refuses(ctx, s, wrong, "the wrong cluster", sdk.ReasonWrongData); err != nil {
			return err
		}
		if err := succeeds(ctx, s, "an Open that was refused"); err != nil {
			return err
		}
	}
	return nil
}
