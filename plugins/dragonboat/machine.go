package dragonboat

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/lni/dragonboat/v4/statemachine"

	"github.com/chronik-stream/metalog/sdk"
)

// commandVersion is the first byte of every command: the library has a meaning of
// its own for an empty one.
const commandVersion = 1

// delivered is the result of a command that the host has, on this node.
const delivered = 1

// stateMachine is the host as the library sees it. The library calls Update and
// RecoverFromSnapshot from one goroutine at a time, PrepareSnapshot between them,
// and SaveSnapshot from another meanwhile.
//
// After the host has refused anything the session is over. The library would end the
// process for an error, so it is told of none: its commands have no result from then
// on, which nobody takes for a success.
type stateMachine struct {
	host sdk.StateMachine
	ctx  context.Context // ends with the session
	end  func(error)     // ends the session

	mu      sync.Mutex
	applied uint64 // index of the last command that the host has
	broken  error
	closing bool

	unwritten error // why the last snapshot wasn't; nil: it was
}

var _ statemachine.IConcurrentStateMachine = (*stateMachine)(nil)

// Update hands commands to the host.
func (m *stateMachine) Update(commands []statemachine.Entry) ([]statemachine.Entry, error) {
	if m.over() || len(commands) == 0 {
		return commands, nil
	}
	entries := make([]sdk.Entry, 0, len(commands))
	for _, c := range commands {
		if len(c.Cmd) == 0 || c.Cmd[0] != commandVersion {
			m.fail(&sdk.Error{Reason: sdk.ReasonIncompatible, Message: fmt.Sprintf(
				"the command at %d isn't one that this version makes: upgrade the node", c.Index)})
			return commands, nil
		}
		entries = append(entries, sdk.Entry{Index: c.Index, Data: bytes.Clone(c.Cmd[1:])}) // the library's own goes to followers
	}
	if !m.took("apply an entry", m.host.Apply(m.ctx, entries...)) {
		return commands, nil
	}
	m.mu.Lock()
	m.applied = entries[len(entries)-1].Index
	m.mu.Unlock()
	for i := range commands {
		commands[i].Result.Value = delivered
	}
	return commands, nil
}

// Lookup isn't used: the host reads its own state.
func (m *stateMachine) Lookup(any) (any, error) { return nil, statemachine.ErrNotImplemented }

// PrepareSnapshot pins the host's state; nil if it can't.
func (m *stateMachine) PrepareSnapshot() (any, error) {
	if m.over() {
		return nil, nil
	}
	s, err := m.host.Snapshot(m.ctx)
	if !m.took("take a snapshot", err) {
		return nil, nil
	}
	return s, nil
}

// SaveSnapshot writes a pinned state, or until the session ends. What isn't whole is
// given up.
func (m *stateMachine) SaveSnapshot(pinned any, w io.Writer, _ statemachine.ISnapshotFileCollection, stopped <-chan struct{}) error {
	s, ok := pinned.(sdk.Snapshot)
	if !ok {
		return statemachine.ErrSnapshotAborted
	}
	defer s.Release()
	_, err := s.WriteTo(untilEnd{ctx: m.ctx, to: w})
	m.mu.Lock()
	m.unwritten = err
	m.mu.Unlock()
	if err == nil {
		return nil
	}
	select {
	case <-stopped:
		return statemachine.ErrSnapshotStopped
	default:
		return statemachine.ErrSnapshotAborted
	}
}

// RecoverFromSnapshot replaces the host's state. Where the host refuses, the library
// waits here for the end of the session, which comes.
func (m *stateMachine) RecoverFromSnapshot(r io.Reader, _ []statemachine.SnapshotFile, stopped <-chan struct{}) error {
	if !m.over() && m.took("restore the snapshot", m.host.Restore(m.ctx, r)) {
		return nil
	}
	<-stopped
	return statemachine.ErrSnapshotStopped
}

// Close is called when the library is done with the replica.
func (m *stateMachine) Close() error { return nil }

func (m *stateMachine) position() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied
}

func (m *stateMachine) failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.broken
}

// over reports whether the host is given nothing more: it has refused something, or the
// session has ended, after which the library goes on with what couldn't be stored.
func (m *stateMachine) over() bool {
	if m.failure() == nil && m.ctx.Err() != nil {
		m.fail(context.Cause(m.ctx))
	}
	return m.failure() != nil
}

// took ends the session if the host can't do something, and reports whether it can.
func (m *stateMachine) took(what string, err error) bool {
	if err != nil {
		m.fail(fmt.Errorf("the host can't %s: %w", what, err))
	}
	return err == nil
}

// fail ends the session, unless it is about to end: a host that closes its
// backend applies nothing any more.
func (m *stateMachine) fail(err error) {
	m.mu.Lock()
	m.broken = err
	closing := m.closing
	m.mu.Unlock()
	if !closing && m.ctx.Err() == nil {
		m.end(err)
	}
}

// close says that the host is closing the session.
func (m *stateMachine) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closing = true
}

// whyUnwritten is why the last snapshot wasn't written.
func (m *stateMachine) whyUnwritten() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return cmp.Or(m.broken, m.unwritten)
}

// untilEnd refuses what is written after the end of the session, which waits for
// the snapshot.
type untilEnd struct {
	ctx context.Context
	to  io.Writer
}

func (w untilEnd) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.to.Write(p)
}
