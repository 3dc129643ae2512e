package plugin_test

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// echo is a backend that commits whatever is proposed and hands out its state
// machine, so that a test can be the library.
type echo struct {
	sm  sdk.StateMachine
	cfg sdk.Config

	mu    sync.Mutex
	index uint64

	onPropose func(ctx context.Context, data []byte) error // instead of committing
	onOpen    func(sm sdk.StateMachine) error
	onClose   func(ctx context.Context) error
}

func (e *echo) Open(_ context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	e.sm, e.cfg = sm, cfg
	if e.onOpen != nil {
		return e.onOpen(sm)
	}
	sm.SetStatus(sdk.Status{CanPropose: true, Health: sdk.HealthOK})
	return nil
}

func (e *echo) Propose(ctx context.Context, data []byte) error {
	if e.onPropose != nil {
		return e.onPropose(ctx, data)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.index++
	return e.sm.Apply(ctx, sdk.Entry{Index: e.index, Data: data})
}

func (e *echo) Close(ctx context.Context) error {
	if e.onClose != nil {
		return e.onClose(ctx)
	}
	return nil
}

// machine is a host: it notes what it is told, in order.
type machine struct {
	gate chan struct{} // nil, or each Apply waits for one

	mu      sync.Mutex
	changed chan struct{}
	calls   []call
	state   []byte // all data applied, in a row
	status  sdk.Status
	fail    error
}

type call struct {
	what  string
	index uint64
	data  string
}

func newMachine() *machine { return &machine{changed: make(chan struct{})} }

func (m *machine) note(c ...call) {
	m.calls = append(m.calls, c...)
	close(m.changed)
	m.changed = make(chan struct{})
}

// count needs m.mu.
func (m *machine) count(what string) int {
	n := 0
	for _, c := range m.calls {
		if c.what == what {
			n++
		}
	}
	return n
}

func (m *machine) Apply(ctx context.Context, entries ...sdk.Entry) error {
	if m.gate != nil {
		select {
		case <-m.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for _, e := range entries {
		m.state = append(m.state, e.Data...)
		what := "apply"
		if e.Uncommitted {
			what = "uncommitted"
		}
		m.note(call{what, e.Index, string(e.Data)})
	}
	return nil
}

func (m *machine) Snapshot(context.Context) (sdk.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note(call{"snapshot", 0, ""})
	return &pinned{Reader: bytes.NewReader(bytes.Clone(m.state)), m: m}, nil
}

func (m *machine) Restore(_ context.Context, r io.Reader) error {
	b, err := io.ReadAll(r)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.note(call{"restore failed", 0, err.Error()})
		return err
	}
	m.state = b
	m.note(call{"restore", 0, string(b)})
	return nil
}

func (m *machine) SetStatus(s sdk.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = s
	m.note()
}

// until waits for a condition over what was noted.
func (m *machine) until(ctx context.Context, ok func(*machine) bool) error {
	for {
		m.mu.Lock()
		done, changed := ok(m), m.changed
		m.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type pinned struct {
	*bytes.Reader
	m *machine
}

func (p *pinned) Release() {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	p.m.note(call{"release", 0, ""})
}
