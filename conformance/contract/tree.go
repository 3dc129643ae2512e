package contract

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// tree is what a directory holds: for each path what kind of thing it is, and of
// a file's bytes the sum. LOCK isn't in it: it names who has the directory.
type tree map[string]string

// treeOf reads dir, without the paths in it that begin with one of those left
// out. One that isn't there is empty.
func treeOf(dir string, without ...string) (tree, error) {
	t := tree{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went meanwhile
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." || d.Name() == "LOCK" {
			return err
		}
		if slices.Contains(without, name) {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() {
			t[name] = d.Type().String()
			return nil
		}
		sum, err := sumOf(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		t[name] = sum
		return err
	})
	return t, trial.Harness(err)
}

func sumOf(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes %x", len(content), sha256.Sum256(content)), nil
}

// changedTo says what is different in another tree; nil: nothing.
func (t tree) changedTo(other tree) error {
	var changes []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if is, there := other[name]; !there {
			changes = append(changes, name+" is gone")
		} else if is != t[name] {
			changes = append(changes, fmt.Sprintf("%s was %s and is %s", name, t[name], is))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if _, there := t[name]; !there {
			changes = append(changes, name+" is new")
		}
	}
	if changes == nil {
		return nil
	}
	return errors.New(strings.Join(changes, "; "))
}
