package boltlog

import (
	"cmp"
	"encoding/binary"
	"os"

	"go.etcd.io/bbolt"
)

// verify reads the whole log: every index from the first to the last with its
// checksum, every value, then bbolt's own check of its pages. That one runs in a
// goroutine where a fault can't be caught, so whatever could make it reach beyond
// the file is looked at before.
func (l *Log) verify(each func(uint64, []byte) error) error {
	return l.db.View(func(tx *bbolt.Tx) error {
		if err := l.checkPages(tx); err != nil {
			return err
		}
		entries, compacted, values := tx.Bucket(entriesBucket), tx.Bucket(compactedBucket), tx.Bucket(valuesBucket)
		if entries == nil || compacted == nil || (values != nil) != (l.layout == EntriesAndValues) {
			return Corrupt(l.path, 0, "it isn't a log of this backend")
		}
		l.first.Store(compacted.Sequence() + 1)
		l.last.Store(entries.Sequence())
		if err := l.checkEntries(entries, each); err != nil {
			return err
		}
		if values != nil {
			if err := l.checkValues(values); err != nil {
				return err
			}
		}
		return l.checkStructure(tx, compacted)
	})
}

func (l *Log) checkStructure(tx *bbolt.Tx, compacted *bbolt.Bucket) error {
	buckets := 0
	err := tx.ForEach(func([]byte, *bbolt.Bucket) error {
		buckets++
		return nil
	})
	if err != nil {
		return err
	}
	if k, _ := compacted.Cursor().First(); k != nil || buckets != len(l.layout.buckets()) {
		return Corrupt(l.path, 0, "there is something where nothing belongs")
	}
	var first error
	for err := range tx.Check(bbolt.WithKVStringer(mute{})) { // to the end: it waits for its reader
		first = cmp.Or(first, err)
	}
	if first != nil {
		return Corrupt(l.path, 0, "%v", first)
	}
	return nil
}

// mute keeps bbolt from printing a key whose length is damaged.
type mute struct{}

func (mute) KeyToString([]byte) string { return "a key" }

func (mute) ValueToString([]byte) string { return "a value" }

func (l *Log) checkEntries(entries *bbolt.Bucket, each func(uint64, []byte) error) error {
	index, size := l.First(), int64(0)
	c := entries.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := check(l.path, index, k, v); err != nil {
			return err
		}
		if len(entries.Get(k)) != len(v) { // the way down, by the branch pages' keys
			return Corrupt(l.path, index, "the entry isn't found by its index")
		}
		if each != nil {
			if err := each(index, v[Room:]); err != nil {
				return err
			}
		}
		size += int64(len(v))
		index++
	}
	if index != l.Last()+1 {
		return Corrupt(l.path, index, "the entry is missing, the log should end at %d", l.Last())
	}
	l.size.Store(size)
	return nil
}

// checkPages compares the number of pages with the length of the file.
func (l *Log) checkPages(tx *bbolt.Tx) error {
	if err := l.checkLength(tx.Size()); err != nil {
		return err
	}
	s := tx.Cursor().Bucket().Stats()
	pages := s.BranchPageN + s.BranchOverflowN + s.LeafPageN + s.LeafOverflowN
	if int64(pages)*int64(l.db.Info().PageSize) > tx.Size() {
		return Corrupt(l.path, 0, "its pages overlap")
	}
	return nil
}

// checkLength finds a file that was cut short before the memory map does.
func (l *Log) checkLength(used int64) error {
	info, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	if info.Size() < used {
		return Corrupt(l.path, 0, "%d bytes long, of which at least %d are in use: it was cut short", info.Size(), used)
	}
	return nil
}

func check(path string, index uint64, k, v []byte) error {
	switch {
	case k == nil:
		return Corrupt(path, index, "the entry is missing")
	case len(k) != 8 || len(v) < Room:
		return Corrupt(path, index, "not an entry")
	case binary.BigEndian.Uint64(k) != index:
		return Corrupt(path, index, "the entry is missing, the next one is %d", binary.BigEndian.Uint64(k))
	case binary.BigEndian.Uint32(v) != sumOf(k, v[Room:]):
		return Corrupt(path, index, "the checksum of the entry is wrong")
	}
	return nil
}
