package faulty

import (
	"context"
	"encoding/json"
	"io"

	"github.com/chronik-stream/metalog/sdk"
)

// lie is where a layer departs from the truth. What is nil passes through.
// inner is the honest backend, sm the host; entries may be changed.
type lie struct {
	validate func(options json.RawMessage) error
	open     func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error
	propose  func(ctx context.Context, data []byte, inner sdk.Backend) error
	close    func(ctx context.Context, inner sdk.Backend) error
	barrier  func(ctx context.Context, inner sdk.Backend) error
	compact  func(ctx context.Context, inner sdk.Backend) error
	inspect  func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Inspector) error
	apply    func(ctx context.Context, entries []sdk.Entry, sm sdk.StateMachine) error
	snapshot func(ctx context.Context, sm sdk.StateMachine) (sdk.Snapshot, error)
	restore  func(ctx context.Context, r io.Reader, sm sdk.StateMachine) error
	status   func(s sdk.Status) sdk.Status
}

// layer is a backend before another.
type layer struct {
	inner  sdk.Backend
	claims sdk.Claims
	lie
}

func (l *layer) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if l.open != nil {
		return l.open(ctx, cfg, machine{sm, l.lie}, l.inner)
	}
	return l.inner.Open(ctx, cfg, machine{sm, l.lie})
}

func (l *layer) Propose(ctx context.Context, data []byte) error {
	if l.propose != nil {
		return l.propose(ctx, data, l.inner)
	}
	return l.inner.Propose(ctx, data)
}

func (l *layer) Close(ctx context.Context) error {
	if l.close != nil {
		return l.close(ctx, l.inner)
	}
	return l.inner.Close(ctx)
}

// machine is the host as the honest backend below a layer sees it.
type machine struct {
	host sdk.StateMachine
	lie
}

func (m machine) Apply(ctx context.Context, entries ...sdk.Entry) error {
	if m.apply != nil {
		return m.apply(ctx, entries, m.host)
	}
	return m.host.Apply(ctx, entries...)
}

func (m machine) Snapshot(ctx context.Context) (sdk.Snapshot, error) {
	if m.snapshot != nil {
		return m.snapshot(ctx, m.host)
	}
	return m.host.Snapshot(ctx)
}

func (m machine) Restore(ctx context.Context, r io.Reader) error {
	if m.restore != nil {
		return m.restore(ctx, r, m.host)
	}
	return m.host.Restore(ctx, r)
}

func (m machine) SetStatus(s sdk.Status) {
	if m.status != nil {
		s = m.status(s)
	}
	m.host.SetStatus(s)
}
