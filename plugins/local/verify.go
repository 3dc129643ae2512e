package local

import (
	"cmp"
	"encoding/binary"
	"os"

	"go.etcd.io/bbolt"
)

// verify reads the whole log: every index from the first to the last with its
// checksum, then bbolt's own check of its pages. That one runs in a goroutine
// where a fault can't be caught, so whatever could make it reach beyond the
// file is looked at before.
func (l *log) verify() error {
	return l.db.View(func(tx *bbolt.Tx) error {
		if err := l.checkPages(tx); err != nil {
			return err
		}
		entries, compacted := tx.Bucket(entriesBucket), tx.Bucket(compactedBucket)
		if entries == nil || compacted == nil {
			return corrupt(l.path, 0, "it isn't a log of this backend")
		}
		l.first, l.last = compacted.Sequence()+1, entries.Sequence()
		if err := l.checkEntries(entries); err != nil {
			return err
		}
		return l.checkStructure(tx, compacted)
	})
}

func (l *log) checkStructure(tx *bbolt.Tx, compacted *bbolt.Bucket) error {
	buckets := 0
	err := tx.ForEach(func([]byte, *bbolt.Bucket) error {
		buckets++
		return nil
	})
	if err != nil {
		return err
	}
	if k, _ := compacted.Cursor().First(); k != nil || buckets != 2 {
		return corrupt(l.path, 0, "there is something where nothing belongs")
	}
	var first error
	for err := range tx.Check(bbolt.WithKVStringer(mute{})) { // to the end: it waits for its reader
		first = cmp.Or(first, err)
	}
	if first != nil {
		return corrupt(l.path, 0, "%v", first)
	}
	return nil
}

// mute keeps bbolt from printing a key whose length is damaged.
type mute struct{}

func (mute) KeyToString([]byte) string { return "a key" }

func (mute) ValueToString([]byte) string { return "a value" }

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
