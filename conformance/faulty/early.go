package faulty

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"

	"github.com/chronik-stream/metalog/sdk"
)

// acknowledgeEarly has one goroutine make durable what was acknowledged long
// ago. Close waits for it, so that only a kill shows what is missing.
func acknowledgeEarly() lie {
	b := &backlog{more: make(chan struct{}, 1), over: make(chan struct{}), written: make(chan struct{})}
	return lie{open: b.open, propose: b.propose, close: b.close}
}

type backlog struct {
	more    chan struct{} // 1: there is something
	over    chan struct{} // closed by Close
	written chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	waiting [][]byte
}

func (b *backlog) open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
	if err := inner.Open(ctx, cfg, sm); err != nil {
		close(b.written)
		return err
	}
	go b.write(inner)
	return nil
}

func (b *backlog) propose(_ context.Context, data []byte, _ sdk.Backend) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, bytes.Clone(data))
	select {
	case b.more <- struct{}{}:
	default:
	}
	return nil
}

func (b *backlog) close(ctx context.Context, inner sdk.Backend) error {
	close(b.over)
	<-b.written
	return inner.Close(ctx)
}

func (b *backlog) write(inner sdk.Backend) {
	defer close(b.written)
	for open := true; open; {
		select {
		case <-b.more:
		case <-b.over:
			open = false
		}
		for _, data := range b.take() {
			_ = inner.Propose(context.Background(), data)
		}
	}
}

func (b *backlog) take() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.waiting
	b.waiting = nil
	return all
}

// deliverEarly keeps the newest entry from the disk, though not from the host.
func deliverEarly() lie {
	e := &early{}
	return lie{open: e.open, propose: e.propose, apply: e.apply, close: e.close}
}

type early struct {
	host    sdk.StateMachine
	highest atomic.Uint64 // what it has

	mu   sync.Mutex // for one proposal after the other
	held []byte     // the newest entry; nil: there is none
}

func (e *early) open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
	e.host = sm.(machine).host
	return inner.Open(ctx, cfg, sm)
}

func (e *early) propose(ctx context.Context, data []byte, inner sdk.Backend) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.write(ctx, inner); err != nil {
		return err
	}
	e.held = append([]byte{}, data...)
	return e.host.Apply(ctx, sdk.Entry{Index: e.highest.Add(1), Data: bytes.Clone(data)})
}

// write lets the held entry go to the disk. The lock is held.
func (e *early) write(ctx context.Context, inner sdk.Backend) error {
	if e.held == nil {
		return nil
	}
	data := e.held
	e.held = nil
	return inner.Propose(context.WithoutCancel(ctx), data)
}

// apply leaves out what the host has already.
func (e *early) apply(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error {
	for _, entry := range entries {
		if entry.Index <= e.highest.Load() {
			continue
		}
		e.highest.Store(entry.Index)
		if err := sm.Apply(ctx, entry); err != nil {
			return err
		}
	}
	return nil
}

func (e *early) close(ctx context.Context, inner sdk.Backend) error {
	e.mu.Lock()
	err := e.write(ctx, inner)
	e.mu.Unlock()
	if closed := inner.Close(ctx); err == nil {
		err = closed
	}
	return err
}
