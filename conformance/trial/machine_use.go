package trial

import (
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// begin and end bound a session: its indexes begin anew, and after it nobody
// calls the machine.
func (m *Machine) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.given = nil
	m.offered, m.begun, m.ending, m.busy, m.status = 0, true, false, "", sdk.Status{}
}

// inspect is begin for an inspector, who may mark what isn't known to be committed.
func (m *Machine) inspect() {
	m.begin()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reading = true
}

// leaveSession tells that the session is about to be ended.
func (m *Machine) leaveSession() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ending = true
}

// end lets the session's calls go.
func (m *Machine) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun, m.reading = false, false
	if e, changed := m.given.changed(); changed {
		m.breaks("R2", "the bytes of entry %d were changed after it was handed over: they belong to the state machine", e.Index)
	}
	m.given = nil
}

// Err is the first promise that was broken; nil: none was.
func (m *Machine) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.broken
}

// Entries is the state: everything delivered so far, in order. It isn't changed.
func (m *Machine) Entries() []sdk.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entries[:len(m.entries):len(m.entries)]
}

// Applied is the index that the state has come to.
func (m *Machine) Applied() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied()
}

// Status is the newest that the backend gave in this session.
func (m *Machine) Status() sdk.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

// Leaders is whom the backend has named as the leader, a name for every status, over
// all sessions; empty: nobody. It isn't changed.
func (m *Machine) Leaders() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.leaders[:len(m.leaders):len(m.leaders)]
}

// Counts is what a backend has asked of a machine.
type Counts struct {
	Statuses int
	Restores int
	Taken    int // snapshots
	Released int
	Skipped  int // entries delivered again
	Held     int // entries that an Apply waits with
	Refused  int // calls that FailWith has answered
}

// Counts so far, over all sessions.
func (m *Machine) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Counts{m.statuses, m.restores, m.taken, m.released, m.skipped, m.held, m.refused}
}

// Hold makes Apply wait until the returned release is called, or its context
// ends.
func (m *Machine) Hold() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hold := make(chan struct{})
	m.hold, m.held = hold, 0
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.hold == hold {
			m.hold, m.held = nil, 0
			close(hold)
		}
	}
}

// FailWith makes every further Apply, Snapshot and Restore answer err.
func (m *Machine) FailWith(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failWith = err
}

// Hooks change the snapshots that are taken from now on.
func (m *Machine) Hooks(h SnapshotHooks) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.snapshot = h
}

// Await waits until cond holds, which is asked after every change; what says
// what was waited for. It ends early when a promise is broken.
func (m *Machine) Await(ctx context.Context, what string, cond func() bool) error {
	for {
		m.mu.Lock()
		changed, broken := m.changed, m.broken
		m.mu.Unlock()
		switch {
		case broken != nil:
			return broken
		case cond():
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if cond() { // both had come to pass, and select has chosen
				return nil
			}
			return fmt.Errorf("node %s: %s didn't come to pass: %w; %s", m.node, what, context.Cause(ctx), m.describe())
		}
	}
}

func (m *Machine) describe() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	members := make([]string, 0, len(m.status.Members))
	for _, member := range m.status.Members {
		members = append(members, fmt.Sprintf("%s (%s)", member.NodeID, member.Role))
	}
	return fmt.Sprintf("it has %d entries up to index %d, status: can propose %t, leader %q, members %v, %s %s",
		len(m.entries), m.applied(), m.status.CanPropose, m.status.Leader, members, m.status.Health, m.status.Reason)
}
