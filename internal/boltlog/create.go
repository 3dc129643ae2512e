package boltlog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// TmpSuffix ends the name of a file that isn't finished. One that a crash has
// left is for the caller to remove.
const TmpSuffix = ".tmp"

// Ensure makes an empty log at path, whole or not at all, unless one is there.
// It is for directories that haven't been opened before: a log that is missing
// from another one is lost.
func Ensure(path string, layout Layout) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = create(path, layout)
	}
	return Opening(filepath.Dir(path), err)
}

func create(path string, layout Layout) error {
	tmp := path + TmpSuffix
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(tmp, 0o600, boltOptions(false))
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) (err error) {
		for _, name := range layout.buckets() {
			_, failed := tx.CreateBucket(name)
			err = errors.Join(err, failed)
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes the names in dir durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
