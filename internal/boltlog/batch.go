package boltlog

import (
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// Batch is changes that become durable together, or none of them, made in the
// order of its fields.
type Batch struct {
	Restart  uint64   // not 0: all entries are deleted, the next one has this index
	Truncate uint64   // not 0: the entries from this index on are deleted
	Entries  [][]byte // stored at the indexes that follow, each with Room in front
	Values   []Value
}

// Value is one of the named values.
type Value struct{ Key, Value []byte }

// Write makes the changes of b. After an error RolledBack says whether anything may
// be left of what it does to the entries; its values may be the old or the new ones.
func (l *Log) Write(b Batch) error {
	l.write.Lock()
	defer l.write.Unlock()
	extent := extent{first: l.First(), last: l.Last(), size: l.Size()}
	err := l.update(func(tx *bbolt.Tx) error { return extent.change(tx, b) })
	if err == nil {
		l.first.Store(extent.first)
		l.last.Store(extent.last)
		l.size.Store(extent.size)
	}
	return err
}

// extent is where the entries begin and end within a transaction, and their bytes.
type extent struct {
	first, last uint64
	size        int64
}

func (e *extent) change(tx *bbolt.Tx, b Batch) error {
	if b.Restart != 0 {
		if err := e.restart(tx, b.Restart); err != nil {
			return err
		}
	}
	if b.Truncate != 0 {
		if err := e.truncate(tx, b.Truncate); err != nil {
			return err
		}
	}
	if err := e.append(tx.Bucket(entriesBucket), b.Entries); err != nil {
		return err
	}
	for _, v := range b.Values {
		if err := putValue(tx.Bucket(valuesBucket), v); err != nil {
			return err
		}
	}
	return nil
}

// restart takes the bucket away as a whole: its pages are freed, the entries
// aren't touched.
func (e *extent) restart(tx *bbolt.Tx, first uint64) error {
	if err := tx.DeleteBucket(entriesBucket); err != nil {
		return err
	}
	entries, err := tx.CreateBucket(entriesBucket)
	if err != nil {
		return err
	}
	e.first, e.last, e.size = first, first-1, 0
	if err := entries.SetSequence(first - 1); err != nil {
		return err
	}
	return tx.Bucket(compactedBucket).SetSequence(first - 1)
}

func (e *extent) truncate(tx *bbolt.Tx, from uint64) error {
	switch {
	case from > e.last:
		return nil
	case from <= e.first:
		return e.restart(tx, e.first)
	}
	entries := tx.Bucket(entriesBucket)
	freed, err := deleteEntries(entries, from, e.last)
	if err != nil {
		return err
	}
	e.last, e.size = from-1, e.size-int64(freed)
	return entries.SetSequence(from - 1)
}

func (e *extent) append(entries *bbolt.Bucket, values [][]byte) error {
	if len(values) == 0 {
		return nil
	}
	entries.FillPercent = 0.9
	for _, v := range values {
		e.last++
		key := keyOf(e.last)
		binary.BigEndian.PutUint32(v, sumOf(key, v[Room:]))
		if err := entries.Put(key, v); err != nil {
			return err
		}
		e.size += int64(len(v))
	}
	return entries.SetSequence(e.last)
}
