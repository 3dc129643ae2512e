package hashiraft

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// snapshotStore is raft's store of snapshots in files, which seals what it has
// written: meta.json, with the cluster's members in it, has no checksum of raft's.
type snapshotStore struct {
	*raft.FileSnapshotStore
	dir   string
	index atomic.Uint64 // what the newest covers; 0: there is none
}

// newSnapshotStore needs a directory that openStore has checked.
func newSnapshotStore(dir string, retain int, logger hclog.Logger) (*snapshotStore, error) {
	files, err := raft.NewFileSnapshotStoreWithLogger(dir, retain, logger)
	if err != nil {
		return nil, boltlog.Opening(filepath.Join(dir, snapshotsName), err)
	}
	s := &snapshotStore{FileSnapshotStore: files, dir: dir}
	list, err := files.List()
	if err != nil {
		return nil, boltlog.Opening(filepath.Join(dir, snapshotsName), err)
	}
	if len(list) > 0 {
		s.index.Store(list[0].Index)
	}
	return s, nil
}

// Create begins a snapshot. raft deletes the entries it covers after its Close.
func (s *snapshotStore) Create(version raft.SnapshotVersion, index, term uint64, configuration raft.Configuration,
	configurationIndex uint64, trans raft.Transport,
) (raft.SnapshotSink, error) {
	sink, err := s.FileSnapshotStore.Create(version, index, term, configuration, configurationIndex, trans)
	if err != nil {
		return nil, err
	}
	return &sealingSink{
		SnapshotSink: sink, dir: snapshotDir{path: filepath.Join(s.dir, snapshotsName, sink.ID())},
		sealed: func() { s.index.Store(index) },
	}, nil
}

// sealingSink seals at Close, which may be called twice, or after Cancel.
type sealingSink struct {
	raft.SnapshotSink
	dir    snapshotDir
	sealed func()
	over   bool
}

func (s *sealingSink) Close() error {
	err := s.SnapshotSink.Close()
	if s.over || err != nil {
		return err
	}
	s.over = true
	err = s.dir.seal()
	if err == nil {
		s.sealed()
	}
	return err
}

func (s *sealingSink) Cancel() error {
	s.over = true
	return s.SnapshotSink.Cancel()
}

// seal writes the checksum of meta.json beside it, unless there is one.
func (s *snapshotDir) seal() error {
	path := filepath.Join(s.path, sealName)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	meta, err := os.ReadFile(filepath.Join(s.path, metaName))
	if err != nil {
		return err
	}
	f, err := os.Create(path + boltlog.TmpSuffix)
	if err != nil {
		return err
	}
	_, err = f.WriteString(sealOf(meta))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+boltlog.TmpSuffix, path); err != nil {
		return err
	}
	return boltlog.SyncDir(s.path)
}
