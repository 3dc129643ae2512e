package hashiraft

import (
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// maxStall is how long the disk may take for one write. A leader whose disk hangs
// goes on sending heartbeats, so that nobody would ever take its place.
const maxStall = 10 * time.Second

// stallLog notes when a write began that hasn't ended. The library writes from
// one goroutine; any may ask.
type stallLog struct {
	raft.LogStore
	began atomic.Int64 // Unix nanoseconds; 0: no write is under way
	err   error        // of the last write; the writer's
}

// IsMonotonic is the store's: entries have no gaps.
func (s *stallLog) IsMonotonic() bool { return true }

// StoreLog is StoreLogs of one.
func (s *stallLog) StoreLog(l *raft.Log) error { return s.StoreLogs([]*raft.Log{l}) }

// StoreLogs writes.
func (s *stallLog) StoreLogs(logs []*raft.Log) error {
	s.began.Store(time.Now().UnixNano())
	defer s.began.Store(0)
	s.err = s.LogStore.StoreLogs(logs)
	return s.err
}

// stalled is how long the write has taken that is under way; 0: none is.
func (s *stallLog) stalled() time.Duration {
	began := s.began.Load()
	if began == 0 {
		return 0
	}
	return time.Since(time.Unix(0, began))
}
