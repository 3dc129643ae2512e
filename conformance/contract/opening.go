package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// opening is the family of Open: which directories it takes, which it refuses, and
// that a refusal changes nothing.
func opening() []trial.Case {
	directory := []trial.Need{trial.NeedDirectory}
	const settings = "A setting that can't be used is refused as INVALID_CONFIG with its name, before anything is made."
	return []trial.Case{
		{
			ID: "OPN-001", Title: "a new directory, and again", Rule: "R12, R16", Profile: trial.Core, Needs: directory, Run: onOne(newAndAgain),
			Promise: "Open takes a new directory, marks it with IDENTITY, and takes it again after Close.",
		},
		{
			ID: "OPN-002", Title: "one instance opened twice", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Run: onOne(openedTwice),
			Promise: "An instance serves one session: its second Open fails, and the first goes on.",
		},
		{
			ID: "OPN-003", Title: "two sessions on one directory", Rule: "R16", Profile: trial.Core, Needs: directory, Run: onOne(directoryInUse),
			Promise: "A directory in use is refused as CONFLICT, and who has it goes on.",
		},
		{
			ID: "OPN-004", Title: "a directory of another backend", Rule: "R16", Profile: trial.Core, Needs: directory,
			Promise: "A foreign directory is refused as WRONG_DATA by the name of whose it is, and nothing in it changes.",
			Run:     foreign("another-backend", func(_ *sdk.Config, id *sdk.Identity) { id.Plugin = "another-backend" }),
		},
		{
			ID: "OPN-005", Title: "a directory of another cluster", Rule: "R16", Profile: trial.Core, Needs: directory,
			Promise: "A foreign directory is refused as WRONG_DATA by the name of whose it is, and nothing in it changes.",
			Run:     foreign("another-cluster", func(c *sdk.Config, _ *sdk.Identity) { c.ClusterID = "another-cluster" }),
		},
		{
			ID: "OPN-006", Title: "a directory of another node", Rule: "R16", Profile: trial.Core, Needs: directory,
			Promise: "A foreign directory is refused as WRONG_DATA by the name of whose it is, and nothing in it changes.",
			Run:     foreign("another-node", func(c *sdk.Config, _ *sdk.Identity) { c.NodeID = "another-node" }),
		},
		{
			ID: "OPN-007", Title: "a directory of a newer data format", Rule: "R16", Profile: trial.Core, Needs: directory,
			Promise: "A directory of a newer format is refused as WRONG_DATA with both numbers, and nothing in it changes.",
			Run:     foreign("4242", func(_ *sdk.Config, id *sdk.Identity) { id.DataFormat = 4242 }),
		},
		{
			ID: "OPN-008", Title: "a damaged IDENTITY", Rule: "R16", Profile: trial.Core, Needs: directory, Run: damagedIdentity,
			Promise: "A directory whose IDENTITY can't be read is refused as CORRUPT or WRONG_DATA by that name, and nothing in it changes.",
		},
		{
			ID: "OPN-009", Title: "data without an IDENTITY", Rule: "R16", Profile: trial.Core, Needs: directory, Run: dataOfNobody,
			Promise: "A directory with data and no IDENTITY is refused as WRONG_DATA, and nothing in it changes.",
		},
		{
			ID: "OPN-010", Title: "a directory of which only IDENTITY is left", Rule: "R16", Profile: trial.Durable, Needs: directory, Run: onOne(halfWiped),
			Promise: "A half-wiped directory is refused as WRONG_DATA: a node never starts empty under its old name.",
		},
		{
			ID: "OPN-011", Title: "an empty directory under a host with a state", Rule: "R7, R16", Profile: trial.Core, Needs: directory, Run: hostAhead,
			Promise: "A directory that is gone under a host that has applied entries is refused as WRONG_DATA, and none is made.",
		},
		{
			ID: "OPN-012", Title: "a file where the directory should be", Rule: "R16", Profile: trial.Core, Needs: directory, Run: fileAsDirectory,
			Promise: "What can't be a directory is refused as INVALID_CONFIG of data_dir.",
		},
		{
			ID: "OPN-013", Title: "a directory that can't be written", Rule: "R16", Profile: trial.Core, Needs: directory, Run: readOnlyDirectory,
			Promise: "A directory without the right to write is refused as INVALID_CONFIG, and nothing hangs.",
		},
		{
			ID: "OPN-014", Title: "an unknown setting", Rule: "docs/reference/plugin-contract.md, Errors", Profile: trial.Core, Needs: directory, Promise: settings,
			Run: badSettings(`{"no_such_setting_of_any_backend": 1}`, "no_such_setting_of_any_backend"),
		},
		{
			ID: "OPN-015", Title: "settings that aren't JSON", Rule: "docs/reference/plugin-contract.md, Errors", Profile: trial.Core, Needs: directory, Promise: settings,
			Run: badSettings(`{"half of`, ""),
		},
		{
			ID: "OPN-016", Title: "settings that aren't an object", Rule: "docs/reference/plugin-contract.md, Errors", Profile: trial.Core, Needs: directory, Promise: settings,
			Run: badSettings(`[1, "two"]`, ""),
		},
		{
			ID: "OPN-017", Title: "an Open that is given up", Rule: "R12, R16", Profile: trial.Core, Needs: directory, Run: openGivenUp,
			Promise: "An Open whose context has ended returns, and leaves the directory free.",
		},
		{
			ID: "OPN-018", Title: "a right Open after a wrong one", Rule: "R16", Profile: trial.Core, Needs: directory, Run: onOne(rightAfterWrong),
			Promise: "An Open that was refused leaves the directory free for the right one, with its data.",
		},
		{
			ID: "OPN-019", Title: "Close without Open", Rule: "R12", Profile: trial.Core, Run: neverOpened,
			Promise: "Close of a backend that was never opened, or whose Open failed, returns at once.",
		},
		{
			ID: "OPN-020", Title: "a directory that nobody has made", Rule: "R16", Profile: trial.Replicated, Needs: directory, Run: neverMade,
			Promise: "A replicated backend makes no directory by itself, lest it begins a second cluster: what is absent or empty is refused as WRONG_DATA, and stays so.",
		},
	}
}

func newAndAgain(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	dir := s.World.Config("n1").DataDir
	marked, err := treeOf(dir)
	if err != nil {
		return err
	}
	if marked["IDENTITY"] == "" {
		return errors.New("when Open has returned, there is no IDENTITY in the directory")
	}
	var offers trial.Offers
	if err := offers.Load(ctx, n, "first", 1, 5); err != nil {
		return err
	}
	if err := errors.Join(offers.Settle(ctx, s, n.Machine), n.Close(ctx)); err != nil {
		return err
	}
	return succeeds(ctx, s, "Close")
}

func openedTwice(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	cfg := s.World.Config("n1")
	cfg.Logger = s.Logs.Logger()
	other := s.Machine("n1")
	err := s.Call(ctx, "a second Open", func(ctx context.Context) error { return n.Backend().Open(ctx, cfg, other) })
	switch {
	case trial.IsHang(err):
		return err
	case err == nil:
		return errors.New("its second Open went well")
	case other.Counts() != trial.Counts{}:
		return errors.New("its second Open failed, and called the state machine that it was given")
	}
	var offers trial.Offers
	if err := offers.Load(ctx, n, "still", 1, 5); err != nil {
		return fmt.Errorf("after the second Open: %w", err)
	}
	return offers.Settle(ctx, s, n.Machine)
}

func directoryInUse(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	if err := refuses(ctx, s, same, "a directory in use", sdk.ReasonConflict); err != nil {
		return err
	}
	var offers trial.Offers
	if err := offers.Load(ctx, n, "still", 1, 5); err != nil {
		return fmt.Errorf("the session that has the directory, after another was refused: %w", err)
	}
	if err := errors.Join(offers.Settle(ctx, s, n.Machine), n.Close(ctx)); err != nil {
		return err
	}
	return succeeds(ctx, s, "the one that had the directory was closed")
}

// foreign is a case of a directory that was made for somebody else; name is what
// the refusal must say.
func foreign(name string, change func(*sdk.Config, *sdk.Identity)) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		dir := filepath.Join(s.Dir, "foreign")
		cfg, id := s.World.Config("n1"), s.Identity()
		cfg.DataDir, cfg.Start = dir, sdk.StartNew
		change(&cfg, &id)
		if err := sdk.InitDirectory(cfg, id); err != nil {
			return trial.Harness(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "data"), []byte("of somebody else"), 0o600); err != nil {
			return trial.Harness(err)
		}
		return untouched(ctx, s, dir, name, sdk.ReasonWrongData)
	}
}

func damagedIdentity(ctx context.Context, s *trial.Stage) error {
	dir := filepath.Join(s.Dir, "damaged")
	cfg := s.World.Config("n1")
	cfg.DataDir, cfg.Start = dir, sdk.StartNew
	if err := sdk.InitDirectory(cfg, s.Identity()); err != nil {
		return trial.Harness(err)
	}
	path := filepath.Join(dir, "IDENTITY")
	whole, err := os.ReadFile(path)
	if err != nil {
		return trial.Harness(err)
	}
	for _, damage := range []struct {
		what    string
		content []byte
	}{
		{"a flipped bit", flipped(whole)}, {"its first half", whole[:len(whole)/2]}, {"nothing", nil}, {"garbage", []byte("\x00\xff garbage")},
	} {
		if err := os.WriteFile(path, damage.content, 0o600); err != nil {
			return trial.Harness(err)
		}
		if err := untouched(ctx, s, dir, "IDENTITY", sdk.ReasonCorrupt, sdk.ReasonWrongData); err != nil {
			return fmt.Errorf("an IDENTITY of %s: %w", damage.what, err)
		}
	}
	return nil
}

// flipped is an IDENTITY with another directory's id: only its sum tells.
func flipped(identity []byte) []byte {
	var named struct {
		Directory string `json:"directory"`
	}
	_ = json.Unmarshal(identity, &named) // just written: there is one
	other := bytes.Clone(identity)
	other[bytes.Index(other, []byte(named.Directory))] ^= 1
	return other
}

func dataOfNobody(ctx context.Context, s *trial.Stage) error {
	dir := filepath.Join(s.Dir, "nobody")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "data"), []byte("of nobody"), 0o600)); err != nil {
		return trial.Harness(err)
	}
	return untouched(ctx, s, dir, "IDENTITY", sdk.ReasonWrongData)
}

func badSettings(settings, field string) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		dir := s.World.Config("n1").DataDir
		before, err := treeOf(dir)
		if err != nil {
			return err
		}
		_, err = s.OpenWith(ctx, "n1", s.Machine("n1"), func(c *sdk.Config) { c.Options = json.RawMessage(settings) })
		if err := because(err, "settings "+settings, "", sdk.ReasonInvalidConfig); err != nil {
			return err
		}
		var e *sdk.Error
		if errors.As(err, &e) && (e.Field == "" || field != "" && e.Field != field) {
			return fmt.Errorf("settings %s were refused as the field %q: %w", settings, e.Field, err)
		}
		after, err := treeOf(dir)
		if err != nil {
			return err
		}
		if err := before.changedTo(after); err != nil {
			return fmt.Errorf("settings %s were refused, and the directory isn't as it was: %w", settings, err)
		}
		return succeeds(ctx, s, "its settings were refused")
	}
}

// neverOpened closes an instance that has done nothing, as a host does that is
// itself told to stop in between.
func neverOpened(ctx context.Context, s *trial.Stage) error {
	n, err := s.Session(ctx, "n1", s.Machine("n1"))
	if err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return fmt.Errorf("closing what was never opened: %w", err)
	}
	return succeeds(ctx, s, "another instance was closed unopened")
}
