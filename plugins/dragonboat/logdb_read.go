package dragonboat

import (
	"fmt"

	"github.com/lni/dragonboat/v4/raftio"
	pb "github.com/lni/dragonboat/v4/raftpb"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// IterateEntries appends the entries from low on, below high, until they have more
// than maxSize bytes, which the last one may be the reason of.
func (d *logDB) IterateEntries(entries []pb.Entry, size, _, _, low, high, maxSize uint64) ([]pb.Entry, uint64, error) {
	first, last := d.log.First(), d.log.Last()
	if low < first || low > last || low >= high {
		return entries, size, nil
	}
	var broken error
	err := d.log.Read(low, min(high-1, last), func(index uint64, data []byte) bool {
		var e pb.Entry
		if broken = decodeEntry(data, index, &e); broken != nil {
			return false
		}
		entries, size = append(entries, e), size+uint64(e.SizeUpperLimit())
		return size <= maxSize
	})
	if err == nil && broken != nil {
		err = boltlog.Corrupt(d.path(), low, "%v", broken)
	}
	if err != nil {
		d.trouble.cannotGoOn(err)
	}
	return entries, size, nil
}

// decodeEntry copies what is stored at index.
func decodeEntry(data []byte, index uint64, e *pb.Entry) error {
	switch {
	case len(data) == 0:
		return fmt.Errorf("the entry at %d is empty", index)
	case data[0] != entryVersion:
		return fmt.Errorf("the entry at %d has version %d: this program reads %d", index, data[0], entryVersion)
	}
	if err := decode(data[1:], e); err != nil {
		return fmt.Errorf("the entry at %d: %w", index, err)
	}
	if e.Index != index {
		return fmt.Errorf("the entry at %d calls itself %d", index, e.Index)
	}
	return nil
}

// ReadRaftState says what there is. The library asks once, before anything runs.
func (d *logDB) ReadRaftState(_, _, snapshot uint64) (raftio.RaftState, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	first, last := d.log.First(), d.log.Last()
	if pb.IsEmptyState(d.state) && last < first {
		return raftio.RaftState{}, raftio.ErrNoSavedLog
	}
	rs := raftio.RaftState{State: d.state, FirstIndex: first}
	if last >= first {
		rs.EntryCount = last + 1 - first
	} else {
		rs.FirstIndex = snapshot
	}
	return rs, nil
}

// GetSnapshot returns the newest one; an empty one if there is none.
func (d *logDB) GetSnapshot(_, _ uint64) (pb.Snapshot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.newest.Snapshot, nil
}
