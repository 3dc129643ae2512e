package contract

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// directory is the files of a data directory, by their names below it, but LOCK:
// that holds nothing that lasts.
type directory map[string][]byte

const lockFile = "LOCK"

func readDirectory(dir string) (directory, error) {
	d := directory{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() == lockFile {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		d[name], err = os.ReadFile(path)
		return err
	})
	return d, trial.Harness(err)
}

func (d directory) names() []string { return slices.Sorted(maps.Keys(d)) }

// files counts those that have something in them.
func (d directory) files() int {
	n := 0
	for _, content := range d {
		if len(content) > 0 {
			n++
		}
	}
	return n
}

// written is where a byte of a file isn't zero, from at on or from its start; at
// if there is none.
func (d directory) written(file string, at int) int {
	isWritten := func(b byte) bool { return b != 0 }
	if i := slices.IndexFunc(d[file][at:], isWritten); i >= 0 {
		return at + i
	}
	return max(0, slices.IndexFunc(d[file], isWritten))
}

// with is a copy to which h has happened.
func (d directory) with(h harm) directory {
	d = maps.Clone(d)
	if h.change == nil {
		delete(d, h.file)
	} else {
		d[h.file] = h.change(d[h.file])
	}
	return d
}

// replace makes dir hold d and nothing else. The files are new ones: whoever
// still has an old one mapped sees no change.
func (d directory) replace(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return trial.Harness(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return trial.Harness(err)
	}
	for name, content := range d {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return trial.Harness(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return trial.Harness(err)
		}
	}
	return nil
}

// unchanged says that dir still holds d and nothing else.
func (d directory) unchanged(dir string) error {
	now, err := readDirectory(dir)
	if err != nil {
		return err
	}
	for _, name := range d.names() {
		if content, ok := now[name]; !ok {
			return fmt.Errorf("it was refused, and %s has been removed", name)
		} else if !bytes.Equal(content, d[name]) {
			return fmt.Errorf("it was refused, and %s has been changed (%d bytes, before %d)", name, len(content), len(d[name]))
		}
		delete(now, name)
	}
	for _, name := range now.names() {
		return fmt.Errorf("it was refused, and %s has been made", name)
	}
	return nil
}
