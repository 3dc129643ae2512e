package trial

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// Machine plays the host to a backend: a state machine whose state is every
// entry it was ever given. It outlives sessions, as a host does its plugin's,
// and notes each promise that a backend breaks. Any goroutine may use it.
type Machine struct {
	node   string
	ledger *ledger // of the whole world

	mu       sync.Mutex
	changed  chan struct{} // closed, and replaced, at every change
	entries  []sdk.Entry   // the state: index and data, in order
	given    possessions   // what this session has handed over
	offered  uint64        // the highest index offered in this session
	begun    bool          // a session has
	reading  bool          // it is an inspector's
	ending   bool          // it is being ended: what it hands over may be cut short
	busy     string        // the call under way
	status   sdk.Status
	leaders  []string // of each status, over all sessions
	statuses int
	restores int
	taken    int // snapshots
	released int
	skipped  int // entries at or below what was applied
	broken   error
	hold     chan struct{} // not nil: Apply waits for it to close
	held     int           // entries that wait so
	failWith error         // what Apply, Snapshot and Restore answer from now on
	refused  int           // how often they did
	snapshot SnapshotHooks
}

// SnapshotHooks change what a machine's snapshots do.
type SnapshotHooks struct {
	Ballast int           // bytes that are added to each
	Gate    chan struct{} // WriteTo waits for it to close, after its first bytes
	Started chan struct{} // 1: WriteTo has begun
	Err     error         // what WriteTo fails with, after its first bytes
}

func newMachine(node string, l *ledger) *Machine {
	return &Machine{node: node, ledger: l, changed: make(chan struct{})}
}

var _ sdk.StateMachine = (*Machine)(nil)

// Apply takes entries, in the order of their indexes (R1), one call at a time.
func (m *Machine) Apply(ctx context.Context, entries ...sdk.Entry) error {
	if err := m.enter("Apply"); err != nil {
		return err
	}
	defer m.leave()
	if err := m.wait(ctx, len(entries)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failWith != nil {
		return m.refuse()
	}
	for _, e := range entries {
		m.take(e)
	}
	m.notify()
	return m.broken
}

// take adds an entry, or holds one that comes again against the first. The lock
// is held.
func (m *Machine) take(e sdk.Entry) {
	switch {
	case e.Index == 0:
		m.breaks("R1", "an entry has index 0: the first is at least 1")
	case e.Index <= m.offered:
		m.breaks("R1", "index %d came after index %d: they strictly increase over a session", e.Index, m.offered)
	case e.Uncommitted && !m.reading:
		m.breaks("R1", "entry %d is marked uncommitted: only an inspector marks entries", e.Index)
	}
	m.offered = max(m.offered, e.Index)
	if e.Index <= m.applied() {
		m.skipped++
		m.again(e)
		return
	}
	m.entries = append(m.entries, sdk.Entry{Index: e.Index, Data: bytes.Clone(e.Data)})
	m.given.own(e)
}

// again compares an entry with what this machine was given at its index.
func (m *Machine) again(e sdk.Entry) {
	i, ok := slices.BinarySearchFunc(m.entries, e.Index, func(a sdk.Entry, index uint64) int {
		return compare(a.Index, index)
	})
	switch {
	case !ok:
		m.breaks("R7", "entry %d is delivered after a restart, and there was none at that index before", e.Index)
	case !bytes.Equal(m.entries[i].Data, e.Data):
		m.breaks("R7", "entry %d is delivered again after a restart with other bytes: %s, before %s", e.Index, Show(e.Data), Show(m.entries[i].Data))
	}
	m.given.own(e)
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// wait blocks while the machine is held.
func (m *Machine) wait(ctx context.Context, n int) error {
	m.mu.Lock()
	hold := m.hold
	if hold != nil {
		m.held += n
		m.notify()
	}
	m.mu.Unlock()
	if hold == nil {
		return nil
	}
	select {
	case <-hold:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Snapshot pins the state.
func (m *Machine) Snapshot(context.Context) (sdk.Snapshot, error) {
	if err := m.enter("Snapshot"); err != nil {
		return nil, err
	}
	defer m.leave()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failWith != nil {
		return nil, m.refuse()
	}
	m.taken++
	m.notify()
	return &pinned{machine: m, hooks: m.snapshot, place: m.offered, entries: m.entries[:len(m.entries):len(m.entries)]}, nil
}

// Restore replaces the state, unless this machine is past it.
func (m *Machine) Restore(_ context.Context, r io.Reader) error {
	if err := m.enter("Restore"); err != nil {
		return err
	}
	defer m.leave()
	raw, err := io.ReadAll(r)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failWith != nil {
		return m.refuse()
	}
	if err != nil {
		if !m.ending {
			m.breaks("R6", "the snapshot to restore can't be read: %v", err)
		}
		return err
	}
	m.restores++
	m.replace(raw)
	m.notify()
	return m.broken
}

func (m *Machine) replace(raw []byte) {
	at, ok := m.ledger.find(raw)
	if !ok {
		m.breaks("R6", "Restore gives %d bytes that are no snapshot any node has written", len(raw))
		return
	}
	entries, err := decodeState(raw)
	switch {
	case err != nil:
		m.breaks("R6", "Restore gives a damaged snapshot: %v", err)
		return
	case at.last < m.offered:
		m.breaks("R5", "Restore gives a snapshot taken after index %d, after entry %d: never an earlier one", at.last, m.offered)
		return
	}
	m.offered = max(m.offered, at.first)
	had := m.entries
	if lastIndex(entries) > m.applied() {
		m.entries, entries = entries, had
	}
	for _, e := range entries { // the shorter of the two is part of the other
		m.again(sdk.Entry{Index: e.Index, Data: bytes.Clone(e.Data)})
	}
}

// SetStatus keeps the newest.
func (m *Machine) SetStatus(s sdk.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = s
	m.leaders = append(m.leaders, s.Leader)
	m.statuses++
	m.notify()
}

// enter notes that a call has begun: there is one at a time.
func (m *Machine) enter(what string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy != "" {
		m.breaks("R1", "%s was called while %s was under way: one goroutine at a time calls the state machine", what, m.busy)
		return m.broken
	}
	if !m.begun {
		m.breaks("R12", "%s was called after the session had ended", what)
		return m.broken
	}
	m.busy = what
	return nil
}

func (m *Machine) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = ""
}

// breaks notes a broken promise; the first one counts. The lock is held.
func (m *Machine) breaks(rule, format string, args ...any) {
	if m.broken == nil {
		m.broken = fmt.Errorf("node %s: %s (%s)", m.node, fmt.Sprintf(format, args...), rule)
	}
	m.notify()
}

// refuse answers as FailWith has ordered. The lock is held.
func (m *Machine) refuse() error {
	m.refused++
	m.notify()
	return m.failWith
}

// notify wakes whoever waits for a change. The lock is held.
func (m *Machine) notify() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// applied is the index of the state. The lock is held.
func (m *Machine) applied() uint64 { return lastIndex(m.entries) }

func lastIndex(entries []sdk.Entry) uint64 {
	if len(entries) == 0 {
		return 0
	}
	return entries[len(entries)-1].Index
}
