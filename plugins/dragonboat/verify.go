package dragonboat

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	pb "github.com/lni/dragonboat/v4/raftpb"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// disk is all that a node keeps.
type disk struct {
	log   *logDB
	files *files
}

// openDisk checks all of the data directory and opens its log for writing. A
// log is made only in a directory that hasn't been opened before. ReasonCorrupt:
// something isn't what was written, and nothing was changed.
func openDisk(cfg sdk.Config, t *trouble) (*disk, error) {
	if cfg.Start != sdk.StartRestart {
		if err := boltlog.Ensure(filepath.Join(cfg.DataDir, logName), boltlog.EntriesAndValues); err != nil {
			return nil, err
		}
	}
	d, err := inspectDisk(cfg.DataDir, t)
	if err != nil {
		return nil, err
	}
	if err := d.log.log.Reopen(); err != nil {
		return nil, err
	}
	if err := d.tidy(); err != nil {
		return nil, errors.Join(boltlog.Opening(cfg.DataDir, err), d.log.log.Close())
	}
	return d, nil
}

// inspectDisk reads and checks everything in dir and leaves the log open, read-only.
func inspectDisk(dir string, t *trouble) (*disk, error) {
	v := verifier{path: filepath.Join(dir, logName)}
	log, err := boltlog.Inspect(v.path, boltlog.EntriesAndValues, v.entry)
	if err != nil {
		return nil, err
	}
	files := newFiles(dir, t.over)
	d := &disk{log: &logDB{log: log, files: files, trouble: t, deleted: make(chan struct{})}, files: files}
	if err = d.log.load(); err == nil {
		err = v.join(d)
	}
	if err != nil {
		return nil, errors.Join(boltlog.Opening(dir, err), log.Close())
	}
	return d, nil
}

// verifier sees the log's entries in order. A term never goes back.
type verifier struct {
	path string
	term uint64
}

func (v *verifier) entry(index uint64, data []byte) error {
	var e pb.Entry
	if err := decodeEntry(data, index, &e); err != nil {
		return boltlog.Corrupt(v.path, index, "%v", err)
	}
	if e.Term < v.term {
		return boltlog.Corrupt(v.path, index, "it is of term %d, the one before of term %d", e.Term, v.term)
	}
	v.term = e.Term
	return nil
}

// join checks that the newest snapshot is whole and joins up with the log, and that
// the node's term is no older than what it has: it could vote twice.
func (v *verifier) join(d *disk) error {
	log, newest := d.log.log, d.log.newest
	switch {
	case newest.Index+1 < log.First():
		return boltlog.Corrupt(filepath.Join(d.files.dir, snapshotsName), log.First()-1, "a later snapshot is missing, the log begins at %d", log.First())
	case log.Last() < newest.Index:
		return boltlog.Corrupt(v.path, newest.Index, "the log ends at %d, before its snapshot", log.Last())
	case d.log.written.Term < max(v.term, newest.Term):
		return boltlog.Corrupt(v.path, log.Last(), "the node's term is %d, and it has an entry of term %d", d.log.written.Term, max(v.term, newest.Term))
	case d.log.state.Commit > log.Last():
		return boltlog.Corrupt(v.path, log.Last(), "entries up to %d were committed, and the log ends before", d.log.state.Commit)
	}
	if newest.Index == 0 {
		return nil
	}
	path, _ := d.files.at(newest.Filepath)
	sum, err := sumFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return boltlog.Corrupt(path, newest.Index, "the snapshot is missing")
	case err != nil:
		return err
	case sum != newest.sum:
		return boltlog.Corrupt(path, newest.Index, "it isn't the snapshot that was written: %d bytes with the sum %08x, not %d with %08x",
			sum.size, sum.crc32, newest.sum.size, newest.sum.crc32)
	}
	return nil
}

// flagFile is what the library leaves in a snapshot that it wasn't done with. The log
// says which snapshot counts.
const flagFile = "dragonboat.snapshot.message"

// tidy removes what a crash has left half done, and makes the place for snapshots.
func (d *disk) tidy() error {
	dir := filepath.Join(d.files.dir, snapshotsName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	keep := ""
	if newest := d.log.newest; newest.Index > 0 {
		path, _ := d.files.at(newest.Filepath)
		keep = filepath.Base(filepath.Dir(path))
		d.files.sums[path] = newest.sum
		if err := os.Remove(filepath.Join(filepath.Dir(path), flagFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Name() != keep {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, f.Name())))
		}
	}
	return errors.Join(err, boltlog.SyncDir(dir), boltlog.SyncDir(d.files.dir))
}
