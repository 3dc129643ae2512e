package hosttest

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// Follower has the records that a watch told, and finds out if it told them
// wrongly: out of order, twice, with a gap, or another value before than there
// was. One goroutine uses it.
type Follower struct {
	Revision uint64 // everything up to here was told
	records  map[metadata.Key]metadata.Record
	inState  bool   // a state is being told
	state    uint64 // its revision
}

// NewFollower begins at the state before the first event.
func NewFollower() *Follower {
	f := &Follower{records: make(map[metadata.Key]metadata.Record)}
	for r := range metadata.Genesis().AllRecords() {
		f.records[r.Key()] = r
	}
	return f
}

// Take takes the next message of an unfiltered watch. The error says what is
// wrong with it.
func (f *Follower) Take(m metadata.WatchMessage) error {
	switch m.Kind {
	case metadata.WatchState:
		f.takeState(m)
		return nil
	case metadata.WatchStateEnd:
		if !f.inState {
			return fmt.Errorf("a state ends at revision %d that didn't begin", m.Revision)
		}
		f.inState = false
	case metadata.WatchBookmark:
		if m.Revision < f.Revision {
			return fmt.Errorf("bookmark %d comes after revision %d", m.Revision, f.Revision)
		}
	case metadata.WatchChange:
		if err := f.takeChange(m); err != nil {
			return fmt.Errorf("revision %d: %w", m.Revision, err)
		}
	}
	f.Revision = m.Revision
	return nil
}

func (f *Follower) takeState(m metadata.WatchMessage) {
	if !f.inState || f.state != m.Revision {
		f.state = m.Revision
		f.records, f.inState = make(map[metadata.Key]metadata.Record), true
	}
	for _, c := range m.Changes {
		f.records[c.Key()] = c.After
	}
}

func (f *Follower) takeChange(m metadata.WatchMessage) error {
	if m.Revision <= f.Revision {
		return fmt.Errorf("it comes after %d", f.Revision)
	}
	if m.Previous > f.Revision {
		return fmt.Errorf("something changed at %d, and only what is up to %d was told", m.Previous, f.Revision)
	}
	for i, c := range m.Changes {
		if i > 0 && m.Changes[i-1].Key().Compare(c.Key()) >= 0 {
			return fmt.Errorf("%v comes after %v", c.Key(), m.Changes[i-1].Key())
		}
		if was := f.records[c.Key()]; !reflect.DeepEqual(was, c.Before) {
			return fmt.Errorf("%v was %+v before and not %+v", c.Key(), was, c.Before)
		}
		if c.After == nil {
			delete(f.records, c.Key())
		} else {
			f.records[c.Key()] = c.After
		}
	}
	return nil
}

// RequireState says that f has all that s has, and nothing else.
func (f *Follower) RequireState(t *testing.T, s *metadata.State) {
	t.Helper()
	want := make(map[metadata.Key]metadata.Record)
	for r := range s.AllRecords() {
		want[r.Key()] = r
	}
	require.Equal(t, want, f.records)
}

// Follow has n watchers of s, begun before load is put on it, come to the state
// that there is after load. They see every change once. Nobody else may write.
func Follow(t *testing.T, s *host.Store, n int, load func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	followers := make([]*Follower, n)
	var end atomic.Uint64 // the last revision to wait for
	end.Store(math.MaxUint64)
	var wg, begun sync.WaitGroup
	begun.Add(n)
	for i := range followers {
		followers[i] = NewFollower()
		wg.Go(func() { assert.NoError(t, follow(ctx, s, followers[i], begun.Done, &end)) })
	}
	begun.Wait()
	load()
	end.Store(s.View().Revision() + 1)
	_, err := s.CreateTopic(ctx, metadata.TopicSpec{Name: "the-last-one", Partitions: 1, ReplicationFactor: 1})
	require.NoError(t, err)
	wg.Wait()
	for _, f := range followers {
		f.RequireState(t, s.View())
	}
}

// follow returns when everything up to end was told.
func follow(ctx context.Context, s *host.Store, f *Follower, begun func(), end *atomic.Uint64) error {
	once := sync.OnceFunc(begun)
	defer once()
	for m, err := range s.Watch(ctx, metadata.FromRevision(0)) {
		if err != nil {
			return err
		}
		if err := f.Take(m); err != nil {
			return err
		}
		once()
		if f.Revision >= end.Load() && !f.inState {
			return nil
		}
	}
	return nil
}
