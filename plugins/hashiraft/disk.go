package hashiraft

import (
	"errors"
	"path/filepath"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	// keptInMemory is how many of the newest entries needn't be read back from the
	// disk that they were just written to.
	keptInMemory = 1024
	// keptSnapshots is how many snapshots stay: the newest, and the one before,
	// which a follower may be reading.
	keptSnapshots = 2
)

// disk is all that a node keeps, as the library takes it.
type disk struct {
	store     *logStore
	stalls    *stallLog
	logs      *logCache
	snapshots *snapshotStore
}

// logCache is the library's, which makes a text of the store's error, whose
// outcome the proposer needs. The library writes from one goroutine.
type logCache struct {
	*raft.LogCache
	below *stallLog
}

// StoreLog is StoreLogs of one.
func (c *logCache) StoreLog(l *raft.Log) error { return c.StoreLogs([]*raft.Log{l}) }

// StoreLogs writes.
func (c *logCache) StoreLogs(logs []*raft.Log) error {
	if c.LogCache.StoreLogs(logs) != nil {
		return c.below.err
	}
	return nil
}

// openDisk checks everything in the directory and opens it. A test may put a
// disk of its own in front, with wrap.
func openDisk(cfg sdk.Config, wrap func(raft.LogStore) raft.LogStore) (*disk, error) {
	store, err := openStore(cfg)
	if err != nil {
		return nil, err
	}
	d := &disk{store: store, stalls: &stallLog{LogStore: store}}
	if wrap != nil {
		d.stalls.LogStore = wrap(store)
	}
	d.logs = &logCache{below: d.stalls}
	d.logs.LogCache, err = raft.NewLogCache(keptInMemory, d.stalls)
	if err == nil {
		d.snapshots, err = newSnapshotStore(cfg.DataDir, keptSnapshots, libraryLog(cfg.Logger, "snapshots"))
	}
	if err != nil {
		return nil, errors.Join(err, store.close())
	}
	return d, nil
}

func (d *disk) close() error { return d.store.close() }

// snapshotIndex is what the newest snapshot covers; 0: there is none. It is asked for
// with every status: the library's list reads the directory, and warns of a snapshot
// that is being written.
func (d *disk) snapshotIndex() uint64 { return d.snapshots.index.Load() }

// snapshotSize is how many bytes the newest snapshot has; 0: there is none.
func (d *disk) snapshotSize() int64 {
	list, err := d.snapshots.List()
	if err != nil || len(list) == 0 {
		return 0
	}
	return list[0].Size
}

// size is how many bytes the log's entries have, and how many there are.
func (d *disk) size() (bytes int64, entries uint64) {
	log := d.store.log
	return log.Size(), log.Last() + 1 - log.First()
}

// committedKey is under which an orderly end notes how far the log is known to be
// committed. What was committed once stays so; the library keeps no such index.
const committedKey = "Committed"

func (d *disk) keepCommitted(index uint64) error {
	return d.store.SetUint64([]byte(committedKey), index)
}

// known is the other nodes as this one has met them.
func (d *disk) known() (*peerport.Known, error) {
	value, err := d.store.Get([]byte(peerport.KnownKey))
	if err != nil && !errors.Is(err, errNotFound) {
		return nil, err
	}
	known, err := peerport.LoadKnown(value, d.store.Set)
	if err != nil {
		return nil, boltlog.Corrupt(filepath.Join(d.store.dir, logName), 0, "%v", err)
	}
	return known, nil
}
