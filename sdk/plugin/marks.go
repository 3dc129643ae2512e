package plugin

import "sync"

// marks lets goroutines wait until a growing number has come to theirs.
type marks struct {
	mu      sync.Mutex
	at      uint64
	waiting map[chan struct{}]uint64
}

func newMarks() *marks { return &marks{waiting: make(map[chan struct{}]uint64)} }

func (m *marks) advance(to uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = max(m.at, to)
	for ch, n := range m.waiting {
		if n <= m.at {
			delete(m.waiting, ch)
			close(ch)
		}
	}
}

// reached returns a channel that is closed once the number is n, and what ends
// the wait for it.
func (m *marks) reached(n uint64) (ch chan struct{}, forget func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ch = make(chan struct{})
	if n <= m.at {
		close(ch)
	} else {
		m.waiting[ch] = n
	}
	return ch, func() {
		m.mu.Lock()
		delete(m.waiting, ch)
		m.mu.Unlock()
	}
}
