package inmem_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// machine is a host reduced to the contract: its state is all entries so far,
// and it drops what it has (R4).
type machine struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at each change
	applied  uint64
	data     []string
	calls    []string
	raw      []uint64 // every index delivered, dropped or not
	statuses []sdk.Status
	fail     error         // what Apply returns
	block    bool          // Apply waits for its context
	gate     chan struct{} // Snapshot waits for it, if there is one
	stuck    chan struct{} // a snapshot's WriteTo does
}

func newMachine() *machine { return &machine{changed: make(chan struct{})} }

func (m *machine) update(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *machine) Apply(ctx context.Context, entries ...sdk.Entry) error {
	m.mu.Lock()
	block, fail := m.block, m.fail
	m.mu.Unlock()
	if block {
		m.update(func() { m.calls = append(m.calls, "blocked") })
		<-ctx.Done()
		return ctx.Err()
	}
	if fail != nil {
		return fail
	}
	m.update(func() {
		m.calls = append(m.calls, "apply")
		for _, e := range entries {
			m.raw = append(m.raw, e.Index)
			if e.Index > m.applied {
				m.applied = e.Index
				m.data = append(m.data, string(e.Data))
			}
			clear(e.Data) // it is ours, so nobody else may see this
		}
	})
	return nil
}

type frame struct {
	Applied uint64
	Data    []string
}

func (m *machine) Snapshot(context.Context) (sdk.Snapshot, error) {
	if m.gate != nil {
		m.update(func() { m.calls = append(m.calls, "asked") })
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, "snapshot")
	b, err := json.Marshal(frame{m.applied, m.data})
	return &pinned{Reader: bytes.NewReader(b), m: m}, err
}

type pinned struct {
	*bytes.Reader
	m *machine
}

func (p *pinned) WriteTo(w io.Writer) (int64, error) {
	if p.m.stuck != nil {
		p.m.update(func() { p.m.calls = append(p.m.calls, "writing") })
		<-p.m.stuck
	}
	return p.Reader.WriteTo(w)
}

func (p *pinned) Release() { p.m.update(func() { p.m.calls = append(p.m.calls, "release") }) }

func (m *machine) Restore(_ context.Context, r io.Reader) error {
	var f frame
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return err
	}
	m.update(func() {
		m.calls = append(m.calls, "restore")
		if f.Applied > m.applied {
			m.applied, m.data = f.Applied, f.Data
		}
	})
	return nil
}

func (m *machine) SetStatus(s sdk.Status) {
	m.update(func() { m.statuses = append(m.statuses, s) })
}

// wait blocks until ok, which is called with the machine locked.
func (m *machine) wait(t *testing.T, ok func() bool) {
	t.Helper()
	for {
		m.mu.Lock()
		done, changed := ok(), m.changed
		m.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			require.FailNow(t, "the test ended first")
		}
	}
}

func (m *machine) waitApplied(t *testing.T, index uint64) {
	t.Helper()
	m.wait(t, func() bool { return m.applied >= index })
}

func open(t *testing.T, b sdk.Backend, node string, m *machine) sdk.Backend {
	t.Helper()
	cfg := sdk.Config{NodeID: node, Start: sdk.StartNew, Logger: slog.New(slog.DiscardHandler)}
	require.NoError(t, b.Open(t.Context(), cfg, m))
	return b
}

func shut(t *testing.T, b sdk.Backend) {
	t.Helper()
	require.NoError(t, b.Close(context.Background()))
}

func propose(t *testing.T, b sdk.Backend, data ...string) {
	t.Helper()
	for _, d := range data {
		require.NoError(t, b.Propose(t.Context(), []byte(d)))
	}
}
