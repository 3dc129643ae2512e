package boltlog

import (
	"bytes"
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// Set stores a value under a key, durably when it returns nil. It is meant for a
// handful of small ones. After an error the value may be the old or the new one.
func (l *Log) Set(key, value []byte) error {
	return l.Write(Batch{Values: []Value{{Key: key, Value: value}}})
}

func putValue(values *bbolt.Bucket, v Value) error {
	stored := binary.BigEndian.AppendUint32(make([]byte, 0, Room+len(v.Value)), sumOf(v.Key, v.Value))
	stored = append(stored, v.Value...)
	total := values.Sequence() - shareOf(values.Get(v.Key)) + shareOf(stored)
	if err := values.Put(v.Key, stored); err != nil {
		return err
	}
	return values.SetSequence(total)
}

// Value returns a copy of the value under key, not nil, if there is one.
func (l *Log) Value(key []byte) (value []byte, found bool, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		v := tx.Bucket(valuesBucket).Get(key)
		if v == nil {
			return nil
		}
		if err := l.checkValue(key, v); err != nil {
			return err
		}
		value, found = append(make([]byte, 0, len(v)-Room), v[Room:]...), true
		return nil
	})
	return value, found, err
}

// shareOf is what a value adds to the sum of all of them: one missing, or one of
// an earlier time, makes another sum.
func shareOf(stored []byte) uint64 {
	if stored == nil {
		return 0
	}
	return 1<<32 | uint64(binary.BigEndian.Uint32(stored))
}

func (l *Log) checkValues(values *bbolt.Bucket) error {
	var total uint64
	c := values.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := l.checkValue(k, v); err != nil {
			return err
		}
		if !bytes.Equal(values.Get(k), v) {
			return Corrupt(l.path, 0, "the value %q isn't found by its key", k)
		}
		total += shareOf(v)
	}
	if total != values.Sequence() {
		return Corrupt(l.path, 0, "a value is missing, or an older one than was stored last")
	}
	return nil
}

func (l *Log) checkValue(key, v []byte) error {
	if len(v) < Room || binary.BigEndian.Uint32(v) != sumOf(key, v[Room:]) {
		return Corrupt(l.path, 0, "the checksum of the value %q is wrong", key)
	}
	return nil
}
