package faulty

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/chronik-stream/metalog/sdk"
)

// acknowledgeEarly makes durable what was acknowledged long ago, when it is worth
// the while. Close does it too, so that only a kill shows what is missing.
func acknowledgeEarly() lie {
	b := &backlog{}
	return lie{propose: b.propose, close: b.close}
}

type backlog struct {
	mu      sync.Mutex
	waiting [][]byte
}

func (b *backlog) propose(_ context.Context, data []byte, inner sdk.Backend) error {
	const worthwhile = 50
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, bytes.Clone(data))
	if len(b.waiting) < worthwhile {
		return nil
	}
	return b.write(inner)
}

func (b *backlog) close(ctx context.Context, inner sdk.Backend) error {
	b.mu.Lock()
	err := b.write(inner)
	b.mu.Unlock()
	return errors.Join(err, inner.Close(ctx))
}

// write puts everything on the disk, in order. The lock is held.
func (b *backlog) write(inner sdk.Backend) error {
	for _, data := range b.waiting {
		if err := inner.Propose(context.Background(), data); err != nil {
			return err
		}
	}
	b.waiting = nil
	return nil
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
	return errors.Join(err, inner.Close(ctx))
}
