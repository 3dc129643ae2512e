package local_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

// machine is a host reduced to the contract: its state is all entries so far,
// and it drops what it has (R4).
type machine struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at each change
	applied  uint64
	data     []string
	raw      []uint64 // every index delivered, dropped or not
	restored int
	released int
	statuses []sdk.Status
	fail     error         // what Apply returns
	gate     chan struct{} // Apply waits for it, if there is one
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
	gate, fail := m.gate, m.fail
	m.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail != nil {
		return fail
	}
	m.update(func() {
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
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := json.Marshal(frame{m.applied, m.data})
	return &pinned{state: b, m: m}, err
}

type pinned struct {
	state []byte
	m     *machine
}

func (p *pinned) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(p.state)
	return int64(n), err
}

func (p *pinned) Release() { p.m.update(func() { p.m.released++ }) }

func (m *machine) Restore(_ context.Context, r io.Reader) error {
	var f frame
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return err
	}
	m.update(func() {
		m.restored++
		if f.Applied > m.applied {
			m.applied, m.data = f.Applied, f.Data
		}
	})
	return nil
}

func (m *machine) SetStatus(s sdk.Status) {
	m.update(func() { m.statuses = append(m.statuses, s) })
}

// last is for wait's function, where the machine is locked.
func (m *machine) last() sdk.Status { return m.statuses[len(m.statuses)-1] }

// status returns the first status, or the latest.
func (m *machine) status(latest bool) sdk.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	if latest {
		return m.last()
	}
	return m.statuses[0]
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

func config(dir string, start sdk.Start) sdk.Config {
	return sdk.Config{
		ClusterID: "c1", NodeID: "n1", DataDir: dir, Start: start,
		Logger: slog.New(slog.DiscardHandler),
	}
}

func open(t *testing.T, cfg sdk.Config, m sdk.StateMachine) *local.Backend {
	t.Helper()
	b := local.New()
	require.NoError(t, b.Open(t.Context(), cfg, m))
	return b.(*local.Backend)
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
