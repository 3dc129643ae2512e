package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	logName     = "log.db"
	tmpSuffix   = ".tmp"
	lockTimeout = 200 * time.Millisecond // of bbolt's own lock; Guard's comes first
	mapSize     = 256 << 20              // address space, so that growing seldom maps anew
	checksum    = 4                      // bytes before an entry's data
	deleteChunk = 4096                   // entries a transaction deletes, so that commits get in between
)

// The sequence of entries is the last index, that of compacted is the index up
// to which entries were deleted. Both live in bbolt's root page, which every
// commit writes anyway.
var (
	entriesBucket   = []byte("entries")
	compactedBucket = []byte("compacted")

	castagnoli = crc32.MakeTable(crc32.Castagnoli)
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

// append stores values at the indexes after last, durably when it returns nil.
// Each value has room for its checksum in front of the data.
func (l *log) append(values [][]byte) error {
	index, size := l.last, 0
	err := guarded(l.path, func() error {
		return l.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(entriesBucket)
			b.FillPercent = 0.9
			for _, v := range values {
				index++
				key := keyOf(index)
				binary.BigEndian.PutUint32(v, sumOf(key, v[checksum:]))
				if err := b.Put(key, v); err != nil {
					return err
				}
				size += len(v)
			}
			return b.SetSequence(index)
		})
	})
	if err != nil {
		return err
	}
	l.last = index
	l.size.Add(int64(size))
	return nil
}

// rolledBack reports whether a failed append has surely left nothing: the file
// as everybody sees it ends where it did before, and the meta page that would
// say otherwise is written after everything else.
func (l *log) rolledBack() bool {
	same := false
	err := guarded(l.path, func() error {
		return l.db.View(func(tx *bbolt.Tx) error {
			same = tx.Bucket(entriesBucket).Sequence() == l.last
			return nil
		})
	})
	return err == nil && same
}

// read copies entries from index on, up to and including last, as many as one
// delivery may hold.
func (l *log) read(index, last uint64) ([]sdk.Entry, error) {
	var batch []sdk.Entry
	size := 0
	err := guarded(l.path, func() error {
		return l.db.View(func(tx *bbolt.Tx) error {
			c := tx.Bucket(entriesBucket).Cursor()
			for k, v := c.Seek(keyOf(index)); index <= last; k, v = c.Next() {
				if err := check(l.path, index, k, v); err != nil {
					return err
				}
				size += len(v)
				if len(batch) == groupEntries || len(batch) > 0 && size > groupBytes {
					return nil
				}
				batch = append(batch, sdk.Entry{Index: index, Data: bytes.Clone(v[checksum:])})
				index++
			}
			return nil
		})
	})
	return batch, err
}

// deleteTo deletes the entries up to index, in pieces: commits get in between.
func (l *log) deleteTo(ctx context.Context, index uint64) error {
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = l.deleteChunk(index); err != nil {
			if noSpace(err) {
				return err
			}
			return &brokenDisk{err}
		}
	}
	return ctx.Err()
}

func (l *log) deleteChunk(index uint64) (more bool, err error) {
	freed := 0
	err = guarded(l.path, func() error {
		return l.db.Update(func(tx *bbolt.Tx) error {
			entries, compacted := tx.Bucket(entriesBucket), tx.Bucket(compactedBucket)
			from := compacted.Sequence()
			to := min(index, from+deleteChunk)
			more = to < index
			for i := from + 1; i <= to; i++ {
				key := keyOf(i)
				freed += len(entries.Get(key))
				if err := entries.Delete(key); err != nil {
					return err
				}
			}
			if to <= from {
				return nil
			}
			return compacted.SetSequence(to)
		})
	})
	if err == nil {
		l.size.Add(-int64(freed))
	}
	return more, err
}

func keyOf(index uint64) []byte { return binary.BigEndian.AppendUint64(nil, index) }

func sumOf(key, data []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, data)
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
