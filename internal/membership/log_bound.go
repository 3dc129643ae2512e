package membership

import (
	"context"
	"time"
)

const (
	// measureEvery is how often the log is looked at.
	measureEvery = time.Second
	// trailingShare is which part of a log's bytes stays behind a snapshot, for
	// followers that are a little late.
	trailingShare = 8
)

// Log is a backend's, in bytes: its library counts entries, and one of them may be a
// thousand events.
type Log interface {
	// Size is how many bytes the entries have, and how many there are.
	Size() (bytes int64, entries uint64)
	// SnapshotSize is how many bytes the newest snapshot has; 0: there is none.
	SnapshotSize() int64
	// Replace takes a snapshot and keeps no more than so many entries behind it.
	Replace(ctx context.Context, trailing uint64) error
}

// BoundLog keeps a log from growing beyond so many bytes, until the session ends. A
// snapshot that is longer isn't written more often than the entries are worth.
func (s *Seat) BoundLog(log Log, most int64) {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.Context.Done():
			return
		}
		size, entries := log.Size()
		if size <= max(most, log.SnapshotSize()) {
			continue
		}
		trailing := uint64(most/trailingShare) * entries / uint64(size)
		if err := log.Replace(s.Context, trailing); err != nil && s.Context.Err() == nil {
			s.Log.Warn("compaction failed, the log grows until the next attempt", "error", err)
		}
	}
}
