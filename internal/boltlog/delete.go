package boltlog

import (
	"context"

	"go.etcd.io/bbolt"
)

const deleteChunk = 4096 // entries a transaction deletes, so that appends get in between

// DeleteTo deletes the entries up to index, in pieces: appends get in between,
// and a crash leaves a log that begins later than before. A BrokenDiskError is
// any failure other than a full disk and the end of ctx.
func (l *Log) DeleteTo(ctx context.Context, index uint64) error {
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = l.deleteChunk(index); err != nil {
			if NoSpace(err) {
				return err
			}
			return &BrokenDiskError{err}
		}
	}
	return ctx.Err()
}

func (l *Log) deleteChunk(index uint64) (more bool, err error) {
	l.write.Lock()
	defer l.write.Unlock()
	end := min(index, l.Last())
	to := min(end, l.First()-1+deleteChunk)
	if to < l.First() {
		return false, nil
	}
	freed := 0
	err = l.update(func(tx *bbolt.Tx) (err error) {
		if freed, err = deleteEntries(tx.Bucket(entriesBucket), l.First(), to); err != nil {
			return err
		}
		return tx.Bucket(compactedBucket).SetSequence(to)
	})
	if err == nil {
		l.first.Store(to + 1)
		l.size.Add(-int64(freed))
	}
	return to < end, err
}

// Truncate deletes the entries from the index from on, in one transaction. The
// next one appended has that index, or First if there is nothing below.
func (l *Log) Truncate(from uint64) error {
	l.write.Lock()
	defer l.write.Unlock()
	switch {
	case from > l.Last():
		return nil
	case from <= l.First():
		return l.restart(l.First())
	}
	freed := 0
	err := l.update(func(tx *bbolt.Tx) (err error) {
		entries := tx.Bucket(entriesBucket)
		if freed, err = deleteEntries(entries, from, l.Last()); err != nil {
			return err
		}
		return entries.SetSequence(from - 1)
	})
	if err == nil {
		l.last.Store(from - 1)
		l.size.Add(-int64(freed))
	}
	return err
}

// Restart deletes all entries, in one transaction. The next one appended has the
// index first, which is at least 1.
func (l *Log) Restart(first uint64) error {
	l.write.Lock()
	defer l.write.Unlock()
	return l.restart(first)
}

// restart takes the bucket away as a whole: its pages are freed, the entries
// aren't touched.
func (l *Log) restart(first uint64) error {
	err := l.update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(entriesBucket); err != nil {
			return err
		}
		entries, err := tx.CreateBucket(entriesBucket)
		if err != nil {
			return err
		}
		if err := entries.SetSequence(first - 1); err != nil {
			return err
		}
		return tx.Bucket(compactedBucket).SetSequence(first - 1)
	})
	if err == nil {
		l.first.Store(first)
		l.last.Store(first - 1)
		l.size.Store(0)
	}
	return err
}

func deleteEntries(entries *bbolt.Bucket, from, to uint64) (freed int, err error) {
	for i := from; i <= to; i++ {
		key := keyOf(i)
		freed += len(entries.Get(key))
		if err := entries.Delete(key); err != nil {
			return freed, err
		}
	}
	return freed, nil
}
