package sdk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// notData are the names in a directory that say nothing about its use.
var notData = []string{
	lockName, identityName, identityName + ".tmp", unfinishedName, unfinishedName + ".tmp", "lost+found",
}

// holdsData reports whether a backend has ever written into dir.
func holdsData(dir string) (bool, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return false, &Error{Reason: ReasonInternal, Message: "read " + dir, Err: err}
	}
	for _, n := range names {
		if !slices.Contains(notData, n.Name()) {
			return true, nil
		}
	}
	return false, nil
}

// inspect is Inspect for an ability that is there.
func (g *guard) inspect(ctx context.Context, cfg Config, sm StateMachine, i Inspector) error {
	there, err := isDirectory(cfg.DataDir)
	if err != nil {
		return err
	}
	if !there {
		return wrongData("%s doesn't exist", cfg.DataDir)
	}
	l, err := shareLock(cfg.DataDir)
	if err != nil {
		return err
	}
	ident, err := readIdentity(cfg.DataDir)
	switch {
	case err != nil:
	case ident.isZero():
		err = wrongData("%s has no IDENTITY: it isn't a data directory", cfg.DataDir)
	default:
		err = ident.check(cfg, g.id)
	}
	if err == nil {
		ident.fill(&cfg)
		err = i.Inspect(ctx, cfg, sm)
	}
	return errors.Join(err, l.release())
}

func isDirectory(dir string) (bool, error) {
	if dir == "" {
		return false, &Error{Reason: ReasonInvalidConfig, Field: "data_dir", Message: "a data directory is needed"}
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, &Error{Reason: ReasonInvalidConfig, Field: "data_dir", Message: "can't be used", Err: err}
	case !info.IsDir():
		return false, &Error{Reason: ReasonInvalidConfig, Field: "data_dir", Message: dir + " is a file, not a directory"}
	}
	return true, nil
}

// makeDirectory makes dir and what is missing above it, durably: a directory
// that a power cut takes away takes its data along.
func makeDirectory(dir string) error {
	parent := filepath.Dir(dir)
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := makeDirectory(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(parent)
}

// replaceFile writes beside path, syncs, renames, and syncs the name.
func replaceFile(path string, content []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func wrongData(format string, args ...any) error {
	return &Error{Reason: ReasonWrongData, Message: fmt.Sprintf(format, args...)}
}

// vanished refuses to begin anew under a host that still has a state: what it
// came from was deleted, or isn't mounted any more.
func vanished(cfg Config) error {
	return wrongData("%s is gone or empty, but this node has applied its entries up to index %d: "+
		"mount it again or restore it from a backup, then start the node anew", cfg.DataDir, cfg.Applied)
}

func notInitialized(dir string) error {
	return wrongData("%s has no IDENTITY, and a replicating backend never begins one by itself, lest it makes "+
		"a second cluster. For a new cluster make one with metalog init (sdk.InitDirectory in a program). If this was a "+
		"member's, it isn't mounted, or lost: then replace the member, by metalog member remove, metalog member add and "+
		"metalog init --join", dir)
}

// notWritable is the operator's to mend: trying again can't help, unless the
// disk is only full.
func notWritable(dir string, err error) error {
	if errors.Is(err, fs.ErrPermission) || isReadOnly(err) {
		return &Error{Reason: ReasonInvalidConfig, Field: "data_dir", Message: dir + " can't be written to", Err: err}
	}
	return &Error{Reason: ReasonInternal, Message: "write into " + dir, Err: err}
}
