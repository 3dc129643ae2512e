package hashiraft

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// IsMonotonic tells raft that there may be no gap.
func (s *logStore) IsMonotonic() bool { return true }

// FirstIndex is 0 if there is no entry.
func (s *logStore) FirstIndex() (uint64, error) {
	if first := s.log.First(); first <= s.log.Last() {
		return first, nil
	}
	return 0, nil
}

// LastIndex is 0 if there is no entry.
func (s *logStore) LastIndex() (uint64, error) {
	if last := s.log.Last(); s.log.First() <= last {
		return last, nil
	}
	return 0, nil
}

// GetLog is entry for raft, or joint.
func (s *logStore) GetLog(index uint64, l *raft.Log) error {
	err := s.entry(index, l)
	if errors.Is(err, raft.ErrLogNotFound) {
		return s.joint(index, l)
	}
	if err != nil {
		return s.end(err)
	}
	return nil
}

// joint is what is known of the entry that the newest snapshot ends with, when the
// log begins after it: its term. A new leader whose log ends there asks a follower
// that has more for just that; raft, which looks into the log alone, would refuse,
// and be sent an older snapshot than the follower has. The entry itself is asked for
// only after the one before it, which isn't there, so it is never sent on; the first
// of all has none before it.
func (s *logStore) joint(index uint64, l *raft.Log) error {
	if index <= 1 || index+1 != s.log.First() {
		return raft.ErrLogNotFound
	}
	newest, err := newestByName(s.dir)
	if err != nil {
		return s.end(err)
	}
	if newest.index() != index {
		return raft.ErrLogNotFound
	}
	*l = raft.Log{Index: index, Term: newest.meta.Term, Type: raft.LogNoop}
	return nil
}

// entry copies an entry into l. Any error but ErrLogNotFound ends the session.
func (s *logStore) entry(index uint64, l *raft.Log) error {
	found, err := s.log.Get(index, func(data []byte) error {
		if err := decodeLog(data, l); err != nil {
			return boltlog.Corrupt(s.log.Path(), index, "%v", err)
		}
		l.Index = index
		return nil
	})
	switch {
	case err != nil:
		s.signal(err)
		return err
	case !found:
		return raft.ErrLogNotFound
	}
	return nil
}

// StoreLog is StoreLogs of one.
func (s *logStore) StoreLog(l *raft.Log) error { return s.StoreLogs([]*raft.Log{l}) }

// StoreLogs stores entries in one transaction. NotAppended: the disk was full,
// none of them is there nor will be, and the next ones may be. Any other error
// ends the session.
//
// A leader steps down after an error. Entries of a failed call that reached no
// other node are gone; the leader hasn't sent them yet.
func (s *logStore) StoreLogs(logs []*raft.Log) error {
	if len(logs) == 0 {
		return nil
	}
	if err := s.refused(); err != nil {
		return err
	}
	if err := s.joinUp(logs); err != nil {
		return s.fail(err)
	}
	values := make([][]byte, len(logs))
	configuration := false
	for i, l := range logs {
		values[i] = encodeLog(l)
		configuration = configuration || l.Type == raft.LogConfiguration
	}
	err := s.log.Append(values)
	if err != nil && (configuration || s.isTruncated()) {
		// raft goes on with a configuration that it couldn't store, or with a
		// last entry that it has deleted
		return s.fail(distrusted(err))
	}
	if err == nil {
		s.setTruncated(false)
	}
	return s.written(err)
}

// joinUp makes the log end where the entries begin. Only a snapshot may lie in
// between.
func (s *logStore) joinUp(logs []*raft.Log) error {
	first, last := logs[0].Index, s.log.Last()
	for i, l := range logs {
		if l.Index != first+uint64(i) {
			return fmt.Errorf("entry %d was to be stored after %d", l.Index, logs[i-1].Index)
		}
	}
	if first == last+1 {
		return nil
	}
	newest, err := newestByName(s.dir)
	if err != nil {
		return err
	}
	if first <= last || first != newest.index()+1 {
		return fmt.Errorf("entry %d was to be stored, the log ends at %d and the newest snapshot at %d",
			first, last, newest.index())
	}
	return s.log.Restart(first)
}

// DeleteRange deletes entries at the beginning of the log, which a snapshot
// covers, or at its end, which the leader contradicts. The first is done in
// pieces, and appends get in between; the second at once, and there are none:
// it is the same goroutine of raft's.
func (s *logStore) DeleteRange(from, to uint64) error {
	if err := s.refused(); err != nil {
		return err
	}
	first, last := s.log.First(), s.log.Last()
	if from > to || to < first || from > last {
		return nil
	}
	if from > first {
		if to < last {
			return fmt.Errorf("%s: entries %d to %d were to be deleted, out of %d to %d", s.log.Path(), from, to, first, last)
		}
		return s.cut(from)
	}
	newest, err := newestByName(s.dir)
	switch covered := newest.index(); {
	case err != nil:
		return s.fail(err)
	case covered >= min(to, last):
		return s.written(s.log.DeleteTo(context.Background(), to))
	case to < last:
		return s.fail(fmt.Errorf("entries up to %d were to be deleted, and the newest snapshot is at %d", to, covered))
	case covered >= first:
		err := s.cut(from)
		s.signal(errAhead)
		return err
	}
	return s.cut(from)
}

// errAhead ends a session whose node has installed a snapshot from before the end
// of its log: raft has the log deleted and still believes in it, and would be
// sent the same snapshot for ever. After another Open it knows better.
var errAhead = errors.New("the log went further than the snapshot that has replaced it: raft has to start again")

// cut deletes the end of the log.
func (s *logStore) cut(from uint64) error {
	err := s.log.Truncate(from)
	if err == nil {
		s.setTruncated(true)
	}
	return s.written(err)
}
