package hashiraft

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// stateMachine is the host as the library sees it. The library calls Apply,
// ApplyBatch, Snapshot and Restore from one goroutine; any may wait.
//
// After the host has refused anything the session is over: from then on
// everything is refused here, so that nobody is told of a success.
type stateMachine struct {
	host      sdk.StateMachine
	ctx       context.Context // ends with the session
	end       func(error)     // ends the session
	proposals *proposals
	onMembers func(index uint64, c raft.Configuration)
	onRestore func()

	mu      sync.Mutex
	reached uint64 // index of the last command or configuration that the host has
	moved   chan struct{}
	broken  error
	closing bool
}

func newStateMachine(ctx context.Context, host sdk.StateMachine, end func(error)) *stateMachine {
	return &stateMachine{host: host, ctx: ctx, end: end, proposals: newProposals(), moved: make(chan struct{})}
}

var _ raft.BatchingFSM = (*stateMachine)(nil)

// Apply is for a library that doesn't batch.
func (m *stateMachine) Apply(l *raft.Log) any { return m.ApplyBatch([]*raft.Log{l})[0] }

// ApplyBatch hands commands to the host and notes configurations. The answers
// are nil or the error that ends the session.
func (m *stateMachine) ApplyBatch(logs []*raft.Log) []any {
	answers := make([]any, len(logs))
	if err := m.apply(logs); err != nil {
		for i := range answers {
			answers[i] = err
		}
	}
	return answers
}

func (m *stateMachine) apply(logs []*raft.Log) error {
	if err := m.failure(); err != nil {
		return err
	}
	entries := make([]sdk.Entry, 0, len(logs))
	for _, l := range logs {
		if l.Type == raft.LogCommand {
			entries = append(entries, sdk.Entry{Index: l.Index, Data: bytes.Clone(l.Data)}) // the library's own goes to followers
		}
	}
	if len(entries) > 0 {
		if err := m.host.Apply(m.ctx, entries...); err != nil {
			return m.fail(fmt.Errorf("the host can't apply %d to %d: %w", entries[0].Index, entries[len(entries)-1].Index, err))
		}
	}
	m.reach(logs[len(logs)-1].Index)
	for _, l := range logs {
		if l.Type == raft.LogConfiguration {
			m.onMembers(l.Index, raft.DecodeConfiguration(l.Data))
		} else {
			m.proposals.arrived(l.Extensions)
		}
	}
	return nil
}

// Snapshot pins the host's state.
func (m *stateMachine) Snapshot() (raft.FSMSnapshot, error) {
	if err := m.failure(); err != nil {
		return nil, err
	}
	s, err := m.host.Snapshot(m.ctx)
	if err != nil {
		return nil, m.fail(fmt.Errorf("the host can't take a snapshot: %w", err))
	}
	return &snapshot{ctx: m.ctx, host: s, reached: m.position()}, nil
}

// Restore replaces the host's state.
func (m *stateMachine) Restore(r io.ReadCloser) error {
	if err := m.failure(); err != nil {
		return err
	}
	reached, err := readHeader(r)
	if err != nil {
		return m.fail(err)
	}
	if err := m.host.Restore(m.ctx, r); err != nil {
		return m.fail(fmt.Errorf("the host can't restore the snapshot at %d: %w", reached, err))
	}
	m.onRestore()
	m.reach(reached)
	return nil
}

// wait returns once the host has everything up to index.
func (m *stateMachine) wait(ctx context.Context, index uint64) error {
	for {
		m.mu.Lock()
		done, moved := m.reached >= index, m.moved
		m.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-moved:
		case <-m.ctx.Done():
			return membership.Closed(sdk.NotAppended)
		case <-ctx.Done():
			return membership.GaveUp(ctx, "waiting for what was committed elsewhere", sdk.NotAppended)
		}
	}
}

func (m *stateMachine) position() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reached
}

func (m *stateMachine) reach(index uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reached = max(m.reached, index)
	close(m.moved)
	m.moved = make(chan struct{})
}

func (m *stateMachine) failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.broken
}

// fail ends the session, unless it is about to end: a host that closes its
// backend applies nothing any more.
func (m *stateMachine) fail(err error) error {
	m.mu.Lock()
	m.broken = err
	closing := m.closing
	m.mu.Unlock()
	if !closing && m.ctx.Err() == nil {
		m.end(err)
	}
	return err
}

// close says that the host is closing the session.
func (m *stateMachine) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closing = true
}
