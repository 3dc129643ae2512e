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
	if from > l.Last() {
		return nil
	}
	return l.Write(Batch{Truncate: max(from, 1)})
}

// Restart deletes all entries, in one transaction. The next one appended has the
// index first, which is at least 1.
func (l *Log) Restart(first uint64) error { return l.Write(Batch{Restart: first}) }

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
