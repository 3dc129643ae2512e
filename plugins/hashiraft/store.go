package hashiraft

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

const logName = "log.db"

// logStore is raft's log with its term and vote, in one file. raft's main
// goroutine appends, truncates and votes, its snapshot goroutine deletes what a
// snapshot covers, and any goroutine reads.
//
// Indexes are dense: raft deletes the whole log when it has installed or restored
// a snapshot, and goes on after it.
type logStore struct {
	log    *boltlog.Log
	dir    string
	newest snapshotDir // at open, verified; index 0: there is none

	// broken gets the one error that ends the session: the disk, or what raft
	// believes of it, can't be trusted any more.
	broken chan error // 1

	live atomic.Bool // raft runs, see end

	mu        sync.Mutex // guards what follows
	fatal     error      // refuses every write that comes after it
	full      error      // the last write's, if it found the disk full
	truncated bool       // raft takes the log for longer than it is until it has stored an entry
}

var (
	_ raft.LogStore          = (*logStore)(nil)
	_ raft.StableStore       = (*logStore)(nil)
	_ raft.MonotonicLogStore = (*logStore)(nil)
)

// openStore checks all of the data directory and opens its log for writing. A
// log is made only in a directory that hasn't been opened before. ReasonCorrupt:
// something isn't what was written, and nothing was changed.
func openStore(cfg sdk.Config) (*logStore, error) {
	if cfg.Start != sdk.StartRestart {
		if err := boltlog.Ensure(filepath.Join(cfg.DataDir, logName), boltlog.EntriesAndValues); err != nil {
			return nil, err
		}
	}
	s, err := inspectStore(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	if err := s.log.Reopen(); err != nil {
		return nil, err
	}
	if err := s.tidy(); err != nil {
		return nil, errors.Join(boltlog.Opening(s.dir, err), s.close())
	}
	return s, nil
}

// close releases the file. raft must have been shut down.
func (s *logStore) close() error { return s.log.Close() }

// tidy finishes what a crash has left half done.
func (s *logStore) tidy() error {
	replaced, err := s.replaced()
	if err != nil {
		return err
	}
	if replaced {
		// raft would take what is left of it for its own
		if err := s.log.Restart(s.newest.index() + 1); err != nil {
			return err
		}
	}
	if s.newest.index() > 0 {
		if err := s.newest.seal(); err != nil {
			return err
		}
	}
	if err := removeUnfinished(s.dir); err != nil {
		return err
	}
	// raft would make it, but not its name durable
	err = os.Mkdir(filepath.Join(s.dir, snapshotsName), 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return errors.Join(err, boltlog.SyncDir(s.dir))
}

// replaced reports whether the newest snapshot stands for all of the log: raft
// installs a snapshot first, then deletes the log, and may die in between.
func (s *logStore) replaced() (bool, error) {
	index := s.newest.index()
	switch {
	case s.log.Last() < index:
		return true, nil
	case s.log.First() > index:
		return false, nil
	}
	var l raft.Log
	err := s.entry(index, &l)
	return l.Term != s.newest.meta.Term, err
}

// tail says which entries follow the newest snapshot, as of the open: none if
// to < from. Which of them are committed isn't known to the disk.
func (s *logStore) tail() (from, to uint64, err error) {
	from = s.newest.index() + 1
	replaced, err := s.replaced()
	if replaced || err != nil {
		return from, from - 1, err
	}
	return from, s.log.Last(), nil
}
