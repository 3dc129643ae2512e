package boltlog

import (
	"encoding/binary"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// Room is how many bytes a value given to Append has before its data: the log's
// place for a checksum.
const Room = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Append stores values at the indexes after Last, all of them durably when it
// returns nil. Each has Room in front of its data, which Append fills in. After
// an error RolledBack says whether anything may be left of them.
func (l *Log) Append(values [][]byte) error { return l.Write(Batch{Entries: values}) }

// RolledBack reports whether a failed Append, Truncate, Restart or Write has surely
// left nothing: the file as everybody sees it begins and ends where it did
// before, and the meta page that would say otherwise is written after
// everything else.
func (l *Log) RolledBack() bool {
	l.write.Lock()
	defer l.write.Unlock()
	same := false
	err := l.view(func(tx *bbolt.Tx) error {
		same = tx.Bucket(entriesBucket).Sequence() == l.Last() && tx.Bucket(compactedBucket).Sequence() == l.First()-1
		return nil
	})
	return err == nil && same
}

// Read visits entries from the index from on, up to and including to, until
// visit says no. The data is the log's and gone after the call. Every entry's
// checksum is verified; one that isn't there is ReasonCorrupt.
func (l *Log) Read(from, to uint64, visit func(index uint64, data []byte) (more bool)) error {
	return l.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(entriesBucket).Cursor()
		for k, v := c.Seek(keyOf(from)); from <= to; k, v = c.Next() {
			if err := check(l.path, from, k, v); err != nil {
				return err
			}
			if !visit(from, v[Room:]) {
				return nil
			}
			from++
		}
		return nil
	})
}

// Get visits the entry at index, if there is one: the same as Read, except that
// the entry may be missing, as one may that was deleted a moment ago.
func (l *Log) Get(index uint64, visit func(data []byte) error) (found bool, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		key := keyOf(index)
		v := tx.Bucket(entriesBucket).Get(key)
		if v == nil {
			return nil
		}
		found = true
		if err := check(l.path, index, key, v); err != nil {
			return err
		}
		return visit(v[Room:])
	})
	return found, err
}

func keyOf(index uint64) []byte { return binary.BigEndian.AppendUint64(nil, index) }

func sumOf(key, data []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, data)
}
