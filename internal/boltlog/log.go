package boltlog

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

const (
	lockTimeout = 200 * time.Millisecond // of bbolt's own lock; sdk.Guard's comes first
	mapSize     = 256 << 20              // address space, so that growing seldom maps anew
)

// Layout is what a file holds. It is chosen when the file is made.
type Layout uint8

// A file with values has one bucket more.
const (
	Entries Layout = iota
	EntriesAndValues
)

func (l Layout) buckets() [][]byte {
	if l == EntriesAndValues {
		return [][]byte{entriesBucket, compactedBucket, valuesBucket}
	}
	return [][]byte{entriesBucket, compactedBucket}
}

// The sequence of entries is the last index, that of compacted is the index up
// to which entries were deleted, that of values the sum over them. They live in
// bbolt's root page, which every commit writes anyway.
var (
	entriesBucket   = []byte("entries")
	compactedBucket = []byte("compacted")
	valuesBucket    = []byte("values")
)

// Log is the bbolt file: entry i under the big-endian i, a checksum over index
// and data before the data.
type Log struct {
	db     *bbolt.DB
	path   string
	layout Layout

	write sync.Mutex    // a transaction and what follows from it for these:
	size  atomic.Int64  // bytes of the entries held
	first atomic.Uint64 // last+1 if there is none
	last  atomic.Uint64
}

// Inspect opens the log at path read-only and reads all of it. It hands every
// entry to each, unless that is nil; the data is the log's and gone after the
// call. ReasonCorrupt: it isn't what was written.
func Inspect(path string, layout Layout, each func(index uint64, data []byte) error) (*Log, error) {
	l := &Log{path: path, layout: layout}
	if err := checkMetaPages(path); err != nil {
		return nil, Opening(path, err)
	}
	if err := l.open(true); err != nil {
		return nil, err
	}
	if err := guarded(path, func() error { return l.verify(each) }); err != nil {
		return nil, errors.Join(Opening(path, err), l.db.Close())
	}
	return l, nil
}

// Reopen opens an inspected log for writing. After an error the log is closed.
func (l *Log) Reopen() error {
	if err := l.db.Close(); err != nil {
		return Opening(l.path, err)
	}
	if err := l.open(false); err != nil {
		return err
	}
	// What a killed process wrote may be in the page cache only. This fsync
	// comes before anything is delivered (R3).
	if err := l.update(func(*bbolt.Tx) error { return nil }); err != nil {
		return errors.Join(Opening(l.path, err), l.db.Close())
	}
	return nil
}

// Close waits for what is under way. Nothing may be called after it.
func (l *Log) Close() error { return l.db.Close() }

// Path is the file.
func (l *Log) Path() string { return l.path }

// First is the index that the log begins with, or will if it is empty.
func (l *Log) First() uint64 { return l.first.Load() }

// Last is the index of the last entry; First()-1: there is none.
func (l *Log) Last() uint64 { return l.last.Load() }

// Size is how many bytes the entries have, with their checksums.
func (l *Log) Size() int64 { return l.size.Load() }

func (l *Log) open(readOnly bool) error {
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
	return Opening(l.path, err)
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

func (l *Log) update(f func(*bbolt.Tx) error) error {
	return guarded(l.path, func() error { return l.db.Update(f) })
}

func (l *Log) view(f func(*bbolt.Tx) error) error {
	return guarded(l.path, func() error { return l.db.View(f) })
}
