package certs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ConflictError names a file that is in the way of what was asked for. Nothing
// was changed.
type ConflictError struct {
	Path    string
	Problem string // goes on after the path, and says what to do
}

func (e *ConflictError) Error() string { return e.Path + " " + e.Problem }

// alone is the error for one file of a pair.
func alone(path, missing string) error {
	return &ConflictError{Path: path, Problem: fmt.Sprintf("is there, but %s isn't: put that one beside it, or move %s away",
		missing, filepath.Base(path))}
}

// Files are where the pair of a node, or of the CA, is kept.
func Files(dir, name string) (crt, key string) {
	return filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
}

// Save writes NAME.crt and NAME.key into dir, which it makes if need be. The key
// can be read by its owner only. Both files are made, or none.
func (p Pair) Save(dir, name string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	crt, key := Files(dir, name)
	if err := writeNew(key, p.Key, 0o600); err != nil {
		return err
	}
	if err := writeNew(crt, p.Cert, 0o644); err != nil {
		return errors.Join(err, os.Remove(key))
	}
	return nil
}

// writeNew makes a file and refuses one that is there, be it a dangling link.
func writeNew(path string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return &ConflictError{Path: path, Problem: "is there already, and nothing is overwritten: move it away, or choose another directory"}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// gone reports whether path isn't there. What can't be looked at is there.
func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}
