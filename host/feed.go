package host

import (
	"sort"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

// How much of the past a host keeps for watchers: as many revisions as it keeps
// digests of, and no more records than a large cluster changes in a minute or so,
// since what is kept here can't be collected.
const (
	maxHistory        = ringSize
	maxHistoryRecords = 131_072
)

// feed is the latest changes, for any number of watchers to read at their own
// pace. The replica adds to it; any goroutine reads.
type feed struct {
	limit, recordLimit int

	mu       sync.RWMutex
	messages []metadata.WatchMessage // oldest first, from first on; watchers have slices of it
	first    int
	records  int    // in all messages
	base     uint64 // what changed up to here is in the state only
	last     uint64 // the latest change, or base
	told     uint64 // everything up to here is in messages
	changed  chan struct{}

	wake chan struct{} // 1: there is something to broadcast
}

func newFeed() *feed {
	return &feed{
		limit: maxHistory, recordLimit: maxHistoryRecords,
		changed: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

// add takes the changes up to a revision and never waits for anybody.
func (f *feed) add(messages []metadata.WatchMessage, revision uint64) {
	f.mu.Lock()
	for _, m := range messages {
		m.Previous, f.last = f.last, m.Revision
		f.messages = append(f.messages, m)
		f.records += len(m.Changes)
	}
	f.told = revision
	f.trim()
	f.mu.Unlock()
	f.ring()
}

// trim forgets the oldest messages beyond the limits. They stay in memory until
// the rest is moved to another place. f.mu is held.
func (f *feed) trim() {
	for len(f.messages)-f.first > f.limit || f.records > f.recordLimit && f.first < len(f.messages) {
		m := &f.messages[f.first]
		f.base = m.Revision
		f.records -= len(m.Changes)
		f.first++
	}
	if f.first > len(f.messages)/4 {
		f.messages = append(f.messages[:0:0], f.messages[f.first:]...)
		f.first = 0
	}
}

// reset begins anew at a state that came from elsewhere.
func (f *feed) reset(revision uint64) {
	f.mu.Lock()
	f.messages, f.first, f.records = nil, 0, 0
	f.base, f.last, f.told = revision, revision, revision
	f.mu.Unlock()
	f.ring()
}

// ring has the pump wake the watchers, once for all that has come by then.
func (f *feed) ring() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// wakeEvery is how often watchers are woken at most: to wake a thousand takes
// longer than to apply a batch. What comes after a quiet moment wakes them at once.
const wakeEvery = 5 * time.Millisecond

// pump wakes watchers until over ends: whoever adds has no part in it, however
// many there are.
func (f *feed) pump(over <-chan struct{}) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-rest.C:
		case <-over:
			f.broadcast()
			return
		}
		select {
		case <-f.wake:
			f.broadcast()
			rest.Reset(wakeEvery)
		case <-over:
			f.broadcast()
			return
		}
	}
}

// broadcast wakes whoever waits. That takes as long as there are many, so it is
// done after the lock is given back, which apply wants.
func (f *feed) broadcast() {
	f.mu.Lock()
	changed := f.changed
	f.changed = make(chan struct{})
	f.mu.Unlock()
	close(changed)
}

// latest is the revision up to which everything is in the history or the state.
func (f *feed) latest() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.told
}

// maxRead is how many messages a watcher takes at once.
const maxRead = 256

// page is what a watcher finds beyond what it has.
type page struct {
	messages []metadata.WatchMessage // shared
	told     uint64                  // after these messages, or all there is to tell
	changed  <-chan struct{}         // closed when there may be more
	missing  bool                    // the history doesn't reach back so far
}

// after is what comes after a revision.
func (f *feed) after(revision uint64) page {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if revision < f.base {
		return page{missing: true}
	}
	all := f.messages[f.first:]
	from := sort.Search(len(all), func(i int) bool { return all[i].Revision > revision })
	to := min(len(all), from+maxRead)
	p := page{messages: all[from:to:to], told: f.told, changed: f.changed}
	if to < len(all) {
		p.told = all[to-1].Revision
	}
	return p
}
