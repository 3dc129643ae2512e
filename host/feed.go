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

// maxRead is how many messages a watcher takes at once, and how many lie together
// in memory: whoever reads one holds on to its neighbours, and to nothing else.
const maxRead = 256

// feed is the latest changes, for any number of watchers to read at their own
// pace. The replica adds to it; any goroutine reads.
type feed struct {
	limit, recordLimit int

	mu      sync.RWMutex
	blocks  [][]metadata.WatchMessage // oldest first, none empty; only the last grows, and watchers have slices of all
	first   int                       // the oldest message that counts, in the first block
	count   int                       // of messages
	records int                       // in them
	base    uint64                    // what changed up to here is in the state only
	last    uint64                    // the latest change, or base
	told    uint64                    // everything up to here is in blocks
	changed chan struct{}

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
		f.put(m)
	}
	f.told = revision
	f.trim()
	f.mu.Unlock()
	f.ring()
}

// put adds one message. f.mu is held.
func (f *feed) put(m metadata.WatchMessage) {
	at := len(f.blocks) - 1
	if at < 0 || len(f.blocks[at]) == maxRead {
		f.blocks = append(f.blocks, make([]metadata.WatchMessage, 0, maxRead))
		at++
	}
	f.blocks[at] = append(f.blocks[at], m)
	f.count++
	f.records += len(m.Changes)
}

// trim forgets the oldest messages beyond the limits. They stay in memory until
// their whole block is forgotten. f.mu is held.
func (f *feed) trim() {
	for f.count > f.limit || f.records > f.recordLimit && f.count > 0 {
		m := &f.blocks[0][f.first]
		f.base = m.Revision
		f.records -= len(m.Changes)
		f.count--
		if f.first++; f.first == len(f.blocks[0]) {
			f.blocks[0] = nil
			f.blocks, f.first = f.blocks[1:], 0
		}
	}
}

// reset begins anew at a state that came from elsewhere.
func (f *feed) reset(revision uint64) {
	f.mu.Lock()
	f.blocks, f.first, f.count, f.records = nil, 0, 0, 0
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
	p := page{told: f.told, changed: f.changed}
	at := sort.Search(len(f.blocks), func(i int) bool { return latestIn(f.blocks[i]) > revision })
	if at == len(f.blocks) {
		return p
	}
	all := f.blocks[at]
	from := sort.Search(len(all), func(i int) bool { return all[i].Revision > revision })
	p.messages = all[from:len(all):len(all)]
	if at < len(f.blocks)-1 {
		p.told = latestIn(all)
	}
	return p
}

func latestIn(block []metadata.WatchMessage) uint64 { return block[len(block)-1].Revision }
