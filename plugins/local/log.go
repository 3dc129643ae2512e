package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

const (
	logName     = "log.db"
	tmpSuffix   = ".tmp"
	lockTimeout = 200 * time.Millisecond // of bbolt's own lock; Guard's comes first
	mapSize     = 256 << 20              // address space, so that growing seldom maps anew
)

// The sequence of entries is the last index, that of compacted is the index up
// to which entries were deleted. Both live in bbolt's root page, which every
// commit writes anyway.
var (
	entriesBucket   = []byte("entries")
	compactedBucket = []byte("compacted")
)

// log is the bbolt file: entry i under the big-endian i, a checksum over index
// and data before the data. One goroutine appends and another one deletes;
// any may read.
type log struct {
	db   *bbolt.DB
	path string
	size atomic.Int64 // bytes of the entries held

	first uint64 // as verify found them, for recovery
	last  uint64 // then the committer's
}

// createLog makes an empty log in dir, whole or not at all.
func createLog(dir string) error {
	path := filepath.Join(dir, logName)
	tmp := path + tmpSuffix
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(tmp, 0o600, boltOptions(false))
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(entriesBucket)
		_, err2 := tx.CreateBucket(compactedBucket)
		return errors.Join(err, err2)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

// inspectLog opens the log of dir read-only and reads all of it. ReasonCorrupt:
// it isn't what was written.
func inspectLog(dir string) (*log, error) {
	l := &log{path: filepath.Join(dir, logName)}
	if err := checkMetaPages(l.path); err != nil {
		return nil, opening(l.path, err)
	}
	if err := l.open(true); err != nil {
		return nil, err
	}
	if err := guarded(l.path, l.verify); err != nil {
		return nil, errors.Join(opening(l.path, err), l.db.Close())
	}
	return l, nil
}

// reopen opens an inspected log for writing.
func (l *log) reopen() error {
	if err := l.db.Close(); err != nil {
		return opening(l.path, err)
	}
	if err := l.open(false); err != nil {
		return err
	}
	// What a killed process wrote may be in the page cache only. This fsync
	// comes before anything is delivered (R3).
	err := guarded(l.path, func() error { return l.db.Update(func(*bbolt.Tx) error { return nil }) })
	if err != nil {
		return errors.Join(opening(l.path, err), l.db.Close())
	}
	return nil
}

func (l *log) open(readOnly bool) error {
	opts := boltOptions(readOnly)
	var file *os.File
	opts.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	err := guarded(l.path, func() (err error) {
		l.db, err = bbolt.Open(l.path, 0o600, opts)
		return err
	})
	if err != nil && file != nil {
		// After a panic bbolt has neither unlocked nor unmapped the file, and
		// the map alone would keep the lock.
		_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
		_ = file.Close()
	}
	return opening(l.path, err)
}

// boltOptions keep the list of free pages in the file, though it costs a page a
// commit: to find it again bbolt would walk through all pages, and a damaged
// one would end the process instead of the Open.
func boltOptions(readOnly bool) *bbolt.Options {
	return &bbolt.Options{
		Timeout: lockTimeout, ReadOnly: readOnly, PreLoadFreelist: true, FreelistType: bbolt.FreelistMapType,
		NoStatistics: true, InitialMmapSize: mapSize,
	}
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
