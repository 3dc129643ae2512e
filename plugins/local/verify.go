package local

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"

	"github.com/chronik-stream/metalog/sdk"
)

// verify reads the whole log: every page, and every index from the first to
// the last with its checksum. What it lets pass, bbolt can open for writing: it
// would walk through the pages in a goroutine of its own, where neither a panic
// nor a fault can be caught.
func (l *log) verify() error {
	return l.db.View(func(tx *bbolt.Tx) error {
		if err := l.checkPages(tx); err != nil {
			return err
		}
		entries, compacted := tx.Bucket(entriesBucket), tx.Bucket(compactedBucket)
		if entries == nil || compacted == nil {
			return corrupt(l.path, 0, "it isn't a log of this backend")
		}
		if k, _ := compacted.Cursor().First(); k != nil {
			return corrupt(l.path, 0, "there is something where nothing belongs")
		}
		l.first, l.last = compacted.Sequence()+1, entries.Sequence()
		return l.checkEntries(entries)
	})
}

func (l *log) checkEntries(entries *bbolt.Bucket) error {
	index, size := l.first, int64(0)
	c := entries.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := check(l.path, index, k, v); err != nil {
			return err
		}
		if len(entries.Get(k)) != len(v) { // the way down, by the branch pages' keys
			return corrupt(l.path, index, "the entry isn't found by its index")
		}
		size += int64(len(v))
		index++
	}
	if index != l.last+1 {
		return corrupt(l.path, index, "the entry is missing, the log should end at %d", l.last)
	}
	l.size.Store(size)
	return nil
}

// checkPages compares the number of pages with the length of the file.
func (l *log) checkPages(tx *bbolt.Tx) error {
	if err := l.checkLength(tx.Size()); err != nil {
		return err
	}
	s := tx.Cursor().Bucket().Stats()
	pages := s.BranchPageN + s.BranchOverflowN + s.LeafPageN + s.LeafOverflowN
	if int64(pages)*int64(l.db.Info().PageSize) > tx.Size() {
		return corrupt(l.path, 0, "its pages overlap")
	}
	return nil
}

// checkLength finds a file that was cut short before the memory map does.
func (l *log) checkLength(used int64) error {
	info, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	if info.Size() < used {
		return corrupt(l.path, 0, "%d bytes long, of which at least %d are in use: it was cut short", info.Size(), used)
	}
	return nil
}

func check(path string, index uint64, k, v []byte) error {
	switch {
	case k == nil:
		return corrupt(path, index, "the entry is missing")
	case len(k) != 8 || len(v) < checksum:
		return corrupt(path, index, "not an entry")
	case binary.BigEndian.Uint64(k) != index:
		return corrupt(path, index, "the entry is missing, the next one is %d", binary.BigEndian.Uint64(k))
	case binary.BigEndian.Uint32(v) != sumOf(k, v[checksum:]):
		return corrupt(path, index, "the checksum of the entry is wrong")
	}
	return nil
}

// bbolt's file begins with two meta pages, written in turn: a page header, then
// fields with an FNV-1a over them. See bbolt's internal/common, page.go and
// meta.go.
const (
	metaHeader   = 16
	metaSummed   = 56
	metaLength   = metaHeader + metaSummed + 8
	metaPageSize = metaHeader + 8 // where the page size stands
)

// checkMetaPages fails unless both meta pages are sound. Their 64 bytes lie in
// one sector, so that a crash doesn't tear them.
func checkMetaPages(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &sdk.Error{
			Reason:  sdk.ReasonCorrupt,
			Message: path + " is missing: this directory has been used before; restore it from a backup",
		}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	page, err := readMeta(f, 0)
	if err != nil {
		return corrupt(path, 0, "first meta page: %v", err)
	}
	if _, err := readMeta(f, int64(page)); err != nil {
		return corrupt(path, 0, "second meta page: %v", err)
	}
	return nil
}

func readMeta(f io.ReaderAt, at int64) (pageSize uint32, err error) {
	var b [metaLength]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		return 0, err
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[metaHeader : metaHeader+metaSummed])
	if sum.Sum64() != binary.NativeEndian.Uint64(b[metaHeader+metaSummed:]) {
		return 0, errors.New("its checksum is wrong")
	}
	return binary.NativeEndian.Uint32(b[metaPageSize:]), nil
}
