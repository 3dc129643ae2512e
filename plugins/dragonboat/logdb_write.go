package dragonboat

import (
	"context"
	"fmt"

	pb "github.com/lni/dragonboat/v4/raftpb"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// entryVersion is the first byte of a stored entry; the library's own encoding
// follows.
const entryVersion = 1

// SaveRaftState stores what changed, durably and all of it at once. The library
// panics where that fails, so it is told of no failure: see trouble.
func (d *logDB) SaveRaftState(updates []pb.Update, _ uint64) error {
	for i := range updates {
		if batch, needed := d.batchOf(&updates[i]); needed {
			d.trouble.persist(func() error { return d.commit(batch, &updates[i]) }, d.log.RolledBack)
			d.remember(&updates[i].Snapshot)
		}
	}
	return nil
}

// batchOf is what an update does to the file, if it does anything.
func (d *logDB) batchOf(ud *pb.Update) (b boltlog.Batch, needed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !pb.IsEmptyState(ud.State) {
		d.state = ud.State
	}
	needed = len(ud.EntriesToSave) > 0 || d.state.Term != d.written.Term || d.state.Vote != d.written.Vote
	if ud.Snapshot.Index > d.newest.Index { // from the leader: it stands for all of the log
		b.Restart = ud.Snapshot.Index + 1
		record := d.files.recordOf(&ud.Snapshot)
		b.Values = append(b.Values, boltlog.Value{Key: keySnapshot, Value: record.encode()})
		d.state.Commit = max(d.state.Commit, ud.Snapshot.Index)
		needed = true
	}
	if len(ud.EntriesToSave) > 0 && b.Restart == 0 && ud.EntriesToSave[0].Index <= d.log.Last() {
		b.Truncate = ud.EntriesToSave[0].Index
	}
	for i := range ud.EntriesToSave {
		b.Entries = append(b.Entries, encodeEntry(&ud.EntriesToSave[i]))
	}
	b.Values = append(b.Values, boltlog.Value{Key: keyState, Value: pb.MustMarshal(&d.state)})
	return b, needed
}

func (d *logDB) commit(b boltlog.Batch, ud *pb.Update) error {
	if err := d.dense(b, ud); err != nil {
		return err
	}
	if b.Restart != 0 {
		d.noting.Lock()
		defer d.noting.Unlock()
	}
	if err := d.log.Write(b); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written = d.state
	if b.Restart != 0 {
		d.newest = d.files.recordOf(&ud.Snapshot)
	}
	return nil
}

// dense refuses to leave a gap, which the library never asks for.
func (d *logDB) dense(b boltlog.Batch, ud *pb.Update) error {
	next := d.log.Last() + 1
	if b.Restart != 0 {
		next = b.Restart
	}
	for i, e := range ud.EntriesToSave {
		at := next + uint64(i)
		if b.Truncate != 0 {
			at = b.Truncate + uint64(i)
		}
		if e.Index != at || at < d.log.First() && b.Restart == 0 {
			return fmt.Errorf("entry %d was to be stored where %d belongs, the log has %d to %d", e.Index, at, d.log.First(), d.log.Last())
		}
	}
	return nil
}

// encodeEntry has room for the log's checksum in front.
func encodeEntry(e *pb.Entry) []byte {
	b := make([]byte, boltlog.Room+1+e.Size())
	b[boltlog.Room] = entryVersion
	n, err := e.MarshalTo(b[boltlog.Room+1:])
	if err != nil {
		panic(err) // of generated code, which knows the size
	}
	return b[:boltlog.Room+1+n]
}

// SaveSnapshots notes a snapshot that this node has taken, unless a leader's that is
// newer has come meanwhile.
func (d *logDB) SaveSnapshots(updates []pb.Update) error {
	for i := range updates {
		record := d.files.recordOf(&updates[i].Snapshot)
		d.trouble.persist(func() error { return d.noteSnapshot(record) }, d.log.RolledBack)
		d.remember(&updates[i].Snapshot)
	}
	return nil
}

// remember has the library find the snapshot that it has just saved, also where nothing
// is stored any more since the session is over: it would panic. What the log still names
// stays, see files.RemoveAll.
func (d *logDB) remember(ss *pb.Snapshot) {
	if ss.Index <= d.snapshotIndex() {
		return
	}
	record := d.files.recordOf(ss)
	d.mu.Lock()
	defer d.mu.Unlock()
	if record.Index > d.newest.Index {
		d.newest = record
	}
}

func (d *logDB) noteSnapshot(record snapshotRecord) error {
	d.noting.Lock()
	defer d.noting.Unlock()
	if record.Index <= d.snapshotIndex() {
		return nil
	}
	if err := d.log.Set(keySnapshot, record.encode()); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.newest = record
	return nil
}

// RemoveEntriesTo says that the entries up to index aren't needed any more. It is
// called by the goroutine that everything waits for; CompactEntriesTo does the
// work.
func (d *logDB) RemoveEntriesTo(_, _, _ uint64) error { return nil }

// CompactEntriesTo deletes entries, in the background. The channel is closed when
// it is done.
func (d *logDB) CompactEntriesTo(_, _, index uint64) (<-chan struct{}, error) {
	done := make(chan struct{})
	d.compact.Go(func() {
		defer close(done)
		err := d.log.DeleteTo(d.trouble.ctx, index)
		switch {
		case err == nil || d.trouble.ctx.Err() != nil:
		case boltlog.NoSpace(err):
			d.trouble.log.Warn("the disk is full: the log isn't cut short before the next snapshot", "error", err)
		default:
			d.trouble.end(err)
		}
		d.tried(index, err)
	})
	return done, nil
}

// tried has awaitBeginning look again after entries up to index were to be deleted.
func (d *logDB) tried(index uint64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.uncut, d.uncutTo = err, index
	close(d.deleted)
	d.deleted = make(chan struct{})
}

// awaitBeginning returns once the log begins after index, or can't be made to.
func (d *logDB) awaitBeginning(ctx context.Context, index uint64) error {
	for {
		d.mu.Lock()
		deleted, uncut, uncutTo := d.deleted, d.uncut, d.uncutTo
		d.mu.Unlock()
		switch {
		case d.log.First() > index:
			return nil
		case uncut != nil && uncutTo >= index && d.trouble.ctx.Err() == nil:
			return membership.Internal("compact: the snapshot is taken, and the log couldn't be cut short", uncut)
		}
		select {
		case <-deleted:
		case <-ctx.Done():
			return membership.GaveUp(ctx, "compact: the log is cut short without its caller", sdk.Unknown)
		case <-d.trouble.ctx.Done():
			return membership.Closed(sdk.Unknown)
		}
	}
}
