package faulty

import "sync"

// tally counts what was awaited and what came, until the session ends.
type tally struct {
	mu            sync.Mutex
	changed       *sync.Cond
	awaited, came int
	over          bool
}

func newTally() *tally {
	t := &tally{}
	t.changed = sync.NewCond(&t.mu)
	return t
}

func (t *tally) add(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.came += n
	t.changed.Broadcast()
}

func (t *tally) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.changed.Broadcast()
}

// awaitNext waits until as many came as were awaited, this one included.
func (t *tally) awaitNext() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.awaited++
	for turn := t.awaited; t.came < turn && !t.over; {
		t.changed.Wait()
	}
}
