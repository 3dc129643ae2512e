package dragonboat

import (
	"errors"
	"path/filepath"
	"sync"

	"github.com/lni/dragonboat/v4/raftio"
	pb "github.com/lni/dragonboat/v4/raftpb"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/internal/peerport"
)

const logName = "log.db"

// The named values beside the entries.
var (
	keyState     = []byte("State")     // term, vote and commit index
	keyBootstrap = []byte("Bootstrap") // how the library was first started
	keySnapshot  = []byte("Snapshot")  // the newest, see snapshotRecord
	keyReplica   = []byte("Replica")   // this node's number, see replica.go
)

// logDB is the library's log of one replica, in one file. The library writes the
// log from one goroutine and snapshots from another, and any may read.
//
// A commit index that has moved, and nothing else, isn't written: an older one is
// as good. It goes along with the next write and is written at the end.
type logDB struct {
	log     *boltlog.Log
	files   *files
	trouble *trouble

	noting sync.Mutex // held while a snapshot's description is written; comes before mu

	mu      sync.Mutex // guards what follows
	state   pb.State   // as the library has it
	written pb.State   // as the disk has it
	newest  snapshotRecord
	deleted chan struct{}  // closed, and replaced, when entries were deleted, or couldn't be
	uncut   error          // why they couldn't, the last time
	uncutTo uint64         // the index up to which that was tried
	compact sync.WaitGroup // deletions under way
}

var _ raftio.ILogDB = (*logDB)(nil)

func (d *logDB) path() string { return filepath.Join(d.files.dir, logName) }

// load reads the values into memory; the log has been verified.
func (d *logDB) load() error {
	if err := d.read(keyState, &d.written); err != nil {
		return err
	}
	var newest snapshotRecord
	if err := d.read(keySnapshot, &newest); err != nil {
		return err
	}
	d.newest, d.state = newest, d.written
	d.state.Commit = max(d.state.Commit, newest.Index) // it may have been written before
	return nil
}

// read decodes a value; into keeps what it is if there is none.
func (d *logDB) read(key []byte, into interface{ Unmarshal([]byte) error }) error {
	value, found, err := d.log.Value(key)
	if err != nil || !found {
		return err
	}
	if err := decode(value, into); err != nil {
		return boltlog.Corrupt(d.path(), 0, "the value %q: %v", key, err)
	}
	return nil
}

// known is the other nodes as this one has met them.
func (d *logDB) known() (*peerport.Known, error) {
	value, _, err := d.log.Value([]byte(peerport.KnownKey))
	if err != nil {
		return nil, err
	}
	known, err := peerport.LoadKnown(value, d.log.Set)
	if err != nil {
		return nil, boltlog.Corrupt(d.path(), 0, "%v", err)
	}
	return known, nil
}

// position is how far the log is known to be committed, and the node's term.
func (d *logDB) position() (commit, term uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.Commit, d.state.Term
}

// stored is the last index that is on disk, as an entry or within the snapshot.
func (d *logDB) stored() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(d.log.Last(), d.newest.Index)
}

func (d *logDB) snapshotIndex() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.newest.Index
}

// snapshotSize is how many bytes the newest snapshot has; 0: there is none.
func (d *logDB) snapshotSize() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(d.newest.sum.size)
}

// size is how many bytes the log's entries have, and how many there are.
func (d *logDB) size() (bytes int64, entries uint64) {
	return d.log.Size(), d.log.Last() + 1 - d.log.First()
}

// Name tells the library's kinds of logs apart.
func (d *logDB) Name() string { return "boltlog" }

// BinaryFormat is the library's number for entries that are stored one by one.
func (d *logDB) BinaryFormat() uint32 { return raftio.PlainLogDBBinVersion }

// Close writes what isn't written and releases the file.
func (d *logDB) Close() error {
	d.compact.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	if d.state != d.written && !d.trouble.over() {
		err = d.log.Write(boltlog.Batch{Values: []boltlog.Value{{Key: keyState, Value: pb.MustMarshal(&d.state)}}})
	}
	return errors.Join(err, d.log.Close())
}

// ListNodeInfo lists the one replica there is.
func (d *logDB) ListNodeInfo() ([]raftio.NodeInfo, error) {
	replica, found, err := d.replica()
	if err != nil || !found {
		return nil, err
	}
	return []raftio.NodeInfo{{ShardID: shard, ReplicaID: replica}}, nil
}

// SaveBootstrapInfo stores how the replica was first started.
func (d *logDB) SaveBootstrapInfo(_, _ uint64, b pb.Bootstrap) error {
	return d.log.Set(keyBootstrap, pb.MustMarshal(&b))
}

// GetBootstrapInfo returns it.
func (d *logDB) GetBootstrapInfo(_, _ uint64) (b pb.Bootstrap, err error) {
	_, found, err := d.log.Value(keyBootstrap)
	if err == nil && !found {
		err = raftio.ErrNoBootstrapInfo
	}
	if err != nil {
		return b, err
	}
	return b, d.read(keyBootstrap, &b)
}

// RemoveNodeData is for nodes that hold many replicas.
func (d *logDB) RemoveNodeData(_, _ uint64) error { return errors.ErrUnsupported }

// ImportSnapshot is for repairs with the library's own tools.
func (d *logDB) ImportSnapshot(pb.Snapshot, uint64) error { return errors.ErrUnsupported }
