package membership

import (
	"sync"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// Board is what is to be shown of this node beside what the library knows. Any
// goroutine may use it.
type Board struct {
	Wake chan struct{} // 1: the status may have changed

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

// NewBoard returns an empty one.
func NewBoard() *Board {
	return &Board{Wake: make(chan struct{}, 1), elected: make(chan struct{}), heard: make(map[string]heard), refusers: make(map[string]bool)}
}

// Changed has the status told anew.
func (b *Board) Changed() {
	select {
	case b.Wake <- struct{}{}:
	default:
	}
}

// Elections is closed when another leads than now, or nobody.
func (b *Board) Elections() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.elected
}

// SetLeader notes who leads; empty: nobody is known to.
func (b *Board) SetLeader(node string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if node != b.leader {
		b.leader, b.led = node, b.led || node != ""
		close(b.elected)
		b.elected = make(chan struct{})
	}
}

// EverLed reports whether this session has known a leader.
func (b *Board) EverLed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.led
}

// Follows reports whether a leader is known, who may be this node.
func (b *Board) Follows() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.leader != ""
}

// RefusedBy notes who takes this node for one that was replaced, and returns how
// many do.
func (b *Board) RefusedBy(node string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refusers[node] = true
	return len(b.refusers)
}

// Fail says that the session ends for err.
func (b *Board) Fail(err error) { b.set(func() { b.failed = err }) }

// SetStranger says why another node takes this one for one that was replaced; empty:
// none does.
func (b *Board) SetStranger(why string) { b.set(func() { b.stranger = why }) }

// SetRemoved says that this node was removed; empty: it wasn't.
func (b *Board) SetRemoved(why string) { b.set(func() { b.removed = why }) }

// SetFull says why the disk takes nothing; nil: it does. It is told often.
func (b *Board) SetFull(why error) {
	b.mu.Lock()
	same := (why == nil) == (b.full == nil)
	b.mu.Unlock()
	if !same {
		b.set(func() { b.full = why })
	}
}

// Full is why the disk takes nothing; nil: it does.
func (b *Board) Full() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.full
}

// Hear notes what another node has said of itself.
func (b *Board) Hear(node string, stored uint64) {
	b.set(func() { b.heard[node] = heard{stored: stored, at: time.Now()} })
}

func (b *Board) set(change func()) {
	b.mu.Lock()
	change()
	b.mu.Unlock()
	b.Changed()
}

// Apart is why this node takes no part; empty: it does.
func (b *Board) Apart() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.removed != "" {
		return b.removed
	}
	return b.stranger
}

// Heard is what a node said last, and when; zero: never.
func (b *Board) Heard(node string) (stored uint64, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.heard[node]
	return h.stored, h.at
}

// Health is the node's, for its status.
func (b *Board) Health() (sdk.Health, string) {
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
