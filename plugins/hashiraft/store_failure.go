package hashiraft

import (
	"errors"
	"io/fs"
	"runtime"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// started says that raft runs: from now on the methods of its interfaces are
// called by its own goroutines only.
func (s *logStore) started() { s.live.Store(true) }

// trouble is why the last write was refused though the session goes on: the disk
// is full. Nil: it wasn't refused.
func (s *logStore) trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.full
}

func (s *logStore) refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fatal
}

func (s *logStore) isTruncated() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.truncated
}

func (s *logStore) setTruncated(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.truncated = yes
}

// written judges the result of a write. A full disk that holds what it did
// before does no more harm than that; after any other failure, a failed fsync
// above all, the disk can't be trusted to hold what it says.
func (s *logStore) written(err error) error {
	if err == nil {
		s.setFull(nil)
		return nil
	}
	if !boltlog.NoSpace(err) || !s.log.RolledBack() {
		return s.fail(distrusted(err))
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // it would name the file twice
	}
	err = &sdk.Error{
		Reason: sdk.ReasonInternal, Outcome: sdk.NotAppended,
		Message: "the disk is full, nothing was written; free some space and try again: write " + s.log.Path(), Err: err,
	}
	s.setFull(err)
	return err
}

func (s *logStore) setFull(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = err
}

func distrusted(err error) error {
	if _, ok := errors.AsType[*boltlog.BrokenDiskError](err); ok {
		return err
	}
	return &boltlog.BrokenDiskError{Err: err}
}

// fail refuses every write from now on and has the session end.
func (s *logStore) fail(err error) error {
	failure := &sdk.Error{Reason: sdk.ReasonInternal, Message: "write " + s.log.Path(), Err: err}
	s.mu.Lock()
	if s.fatal == nil {
		s.fatal = failure
	}
	s.mu.Unlock()
	s.signal(failure)
	return failure
}

// end is for what raft answers with a panic: a term that can't be stored, an
// entry that can't be read. It has the session end, and the goroutine of raft's
// that has called: its deferred functions run, and raft can be shut down, while
// the panic would end the process.
func (s *logStore) end(err error) error {
	s.signal(err)
	if s.live.Load() {
		runtime.Goexit()
	}
	return err
}

// signal has the session end. The first error is the reason.
func (s *logStore) signal(err error) {
	select {
	case s.broken <- err:
	default:
	}
}
