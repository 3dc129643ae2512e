package conformance

import (
	"sync"
	"time"
)

// StoryClock stands still until a story advances it. Any number of goroutines
// may use it.
type StoryClock struct {
	mu  sync.Mutex
	now time.Time
}

// storyStart is when every story begins.
var storyStart = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// NewStoryClock is a clock at the time when stories begin.
func NewStoryClock() *StoryClock { return &StoryClock{now: storyStart} }

// Now is the time for stamping events.
func (c *StoryClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *StoryClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
