package hashiraft

import (
	"sync"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// board is what is to be shown of this node beside what the library knows. Any
// goroutine may use it.
type board struct {
	wake chan struct{} // 1: the status may have changed

	mu       sync.Mutex
	leader   string
	led      bool          // there has been a leader in this session
	elected  chan struct{} // closed, and replaced, when the leader changes
	failed   error
	full     error           // why the disk took nothing
	stranger string          // another node takes this one for one that was replaced
	refusers map[string]bool // who does
	removed  string          // from the cluster
	heard    map[string]heard
}

// heard is what another node said of itself.
type heard struct {
	stored uint64
	at     time.Time
}

func newBoard() *board {
	return &board{wake: make(chan struct{}, 1), elected: make(chan struct{}), heard: make(map[string]heard), refusers: make(map[string]bool)}
}

// changed has the status told anew.
func (b *board) changed() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// elections is closed when another leads than now, or nobody.
func (b *board) elections() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.elected
}

func (b *board) setLeader(node string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if node != b.leader {
		b.leader, b.led = node, b.led || node != ""
		close(b.elected)
		b.elected = make(chan struct{})
	}
}

// everLed reports whether this session has known a leader.
func (b *board) everLed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.led
}

// follows reports whether a leader is known, who may be this node.
func (b *board) follows() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.leader != ""
}

// refusedBy notes who takes this node for one that was replaced, and returns how
// many do.
func (b *board) refusedBy(node string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refusers[node] = true
	return len(b.refusers)
}

func (b *board) fail(err error)         { b.set(func() { b.failed = err }) }
func (b *board) setStranger(why string) { b.set(func() { b.stranger = why }) }
func (b *board) setRemoved(why string)  { b.set(func() { b.removed = why }) }

// setFull is told often.
func (b *board) setFull(why error) {
	b.mu.Lock()
	same := (why == nil) == (b.full == nil)
	b.mu.Unlock()
	if !same {
		b.set(func() { b.full = why })
	}
}

func (b *board) hear(node string, stored uint64) {
	b.set(func() { b.heard[node] = heard{stored: stored, at: time.Now()} })
}

func (b *board) set(change func()) {
	b.mu.Lock()
	change()
	b.mu.Unlock()
	b.changed()
}

// apart is why this node takes no part; empty: it does.
func (b *board) apart() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.removed != "" {
		return b.removed
	}
	return b.stranger
}

func (b *board) of(node string) heard {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard[node]
}

func (b *board) health() (sdk.Health, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.failed != nil:
		return sdk.HealthFailed, b.failed.Error()
	case b.removed != "":
		return sdk.HealthDegraded, b.removed
	case b.stranger != "":
		return sdk.HealthDegraded, b.stranger
	case b.full != nil:
		return sdk.HealthDegraded, b.full.Error()
	}
	return sdk.HealthOK, ""
}
