package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"

	"go.etcd.io/bbolt"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	checksum    = 4    // bytes before an entry's data
	deleteChunk = 4096 // entries a transaction deletes, so that commits get in between
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
			return &brokenDiskError{err}
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
