package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chronik-stream/metalog/host"
)

// snapshotFile is a snapshot that is being written, under another name until it is
// whole. Discard is called in any case.
type snapshotFile struct {
	*os.File
	path string // what it will be called; may change until keep
	kept bool
}

// newSnapshotFile refuses a path that is taken before anything is written. An empty
// path: it isn't decided yet.
func newSnapshotFile(path string, force bool) (*snapshotFile, error) {
	if err := free(path, force); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".metalog-snapshot-*")
	if err != nil {
		return nil, usagef("--out: %w", err)
	}
	return &snapshotFile{File: file, path: path}, nil
}

func free(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case path == "" || errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usagef("--out: %w", err)
	case info.IsDir():
		return usagef("--out: %s is a directory: name a file in it", path)
	case !force:
		return taken(path)
	}
	return nil
}

func taken(path string) error {
	return &failure{code: exitConflict, err: fmt.Errorf("%s is there already: choose another --out, or say --force", path)}
}

// readBack proves what was written into file, from its beginning, and leaves it there
// again.
func readBack(file *os.File) (host.SnapshotInfo, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return host.SnapshotInfo{}, err
	}
	info, err := host.InspectSnapshot(file)
	if err != nil {
		return info, fmt.Errorf("what was saved can't be read back: %w", err)
	}
	_, err = file.Seek(0, io.SeekStart)
	return info, err
}

// keep gives the file its name, durably. Without force it never takes another file's
// place, even if that came just now.
func (f *snapshotFile) keep(force bool) error {
	if err := f.Sync(); err != nil {
		return err
	}
	err := os.Link(f.Name(), f.path)
	switch {
	case err == nil: // discard removes the other name
	case errors.Is(err, fs.ErrExist) && !force:
		return taken(f.path)
	default: // overwrites, or this file system has no links
		if err := free(f.path, force); err != nil {
			return err
		}
		if err := os.Rename(f.Name(), f.path); err != nil {
			return err
		}
		f.kept = true
	}
	return syncDir(filepath.Dir(f.path))
}

// discard closes the file, and removes it unless it was kept.
func (f *snapshotFile) discard() {
	_ = f.Close() // what was kept has been synced
	if !f.kept {
		_ = os.Remove(f.Name())
	}
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
