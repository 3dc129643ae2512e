package hashiraft

import (
	"errors"
	"path/filepath"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// inspectStore reads and checks everything in dir and leaves the log open,
// read-only. ReasonCorrupt names the file that isn't what was written.
//
// raft itself would take an older snapshot for one it can't read, and skip the
// entries in between.
func inspectStore(dir string) (*logStore, error) {
	v := verifier{path: filepath.Join(dir, logName)}
	log, err := boltlog.Inspect(v.path, boltlog.EntriesAndValues, v.entry)
	if err != nil {
		return nil, err
	}
	s := &logStore{log: log, dir: dir, broken: make(chan error, 1)}
	if s.newest, err = v.join(s); err != nil {
		return nil, errors.Join(boltlog.Opening(dir, err), s.close())
	}
	return s, nil
}

// verifier sees the log's entries in order. A term never goes back.
type verifier struct {
	path string
	last raft.Log
}

func (v *verifier) entry(index uint64, data []byte) error {
	var l raft.Log
	if err := decodeLog(data, &l); err != nil {
		return boltlog.Corrupt(v.path, index, "%v", err)
	}
	if l.Term < v.last.Term {
		return boltlog.Corrupt(v.path, index, "it is of term %d, the one before of term %d", l.Term, v.last.Term)
	}
	l.Index, l.Data, l.Extensions = index, nil, nil
	v.last = l
	return nil
}

// join checks that the newest snapshot is whole and joins up with the log. A log
// may end before it: raft has installed the snapshot and not yet deleted the log.
func (v *verifier) join(s *logStore) (snapshotDir, error) {
	newest, err := newestSnapshot(s.dir)
	if err != nil {
		return newest, err
	}
	first, index := s.log.First(), newest.index()
	if index+1 < first {
		what := "a later snapshot is missing, the log begins at %d"
		if index == 0 {
			what = "the snapshot is missing, the log begins at %d"
		}
		return newest, boltlog.Corrupt(filepath.Join(s.dir, snapshotsName), first-1, what, first)
	}
	if index > 0 {
		if err := newest.verify(); err != nil {
			return newest, err
		}
	}
	return newest, v.checkTerm(s, newest)
}

// checkTerm finds a log whose term is older than something this node has: it
// could vote twice. raft stores a term before anything that is of it.
func (v *verifier) checkTerm(s *logStore, newest snapshotDir) error {
	term, err := s.GetUint64([]byte(keyTerm))
	switch {
	case err != nil && !errors.Is(err, errNotFound):
		return err
	case term < v.last.Term:
		return boltlog.Corrupt(v.path, v.last.Index, "it is of term %d, and the node's term is %d", v.last.Term, term)
	case term < newest.meta.Term:
		return boltlog.Corrupt(v.path, v.last.Index, "the node's term is %d, and that of %s is %d", term, newest.path, newest.meta.Term)
	}
	return nil
}
