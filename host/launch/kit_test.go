package launch_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

const patience = 20 * time.Second // for what takes milliseconds on an idle machine

// child is this test binary as a plugin in the given mode, with a run
// directory of its own.
func child(t *testing.T, mode string) (launch.Plugin, *logs) {
	t.Helper()
	l := &logs{}
	return launch.Plugin{
		Name: mode, Path: self(), Env: []string{modeEnv + "=" + mode, "GORACE=atexit_sleep_ms=0"},
		RunDir: shortDir(t), Logger: l.logger(),
	}, l
}

// script is a shell script as an executable.
func script(t *testing.T, body string) (launch.Plugin, *logs) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	l := &logs{}
	return launch.Plugin{Path: path, RunDir: shortDir(t), Logger: l.logger()}, l
}

// shortDir is a directory whose name leaves room for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func config(dir string) sdk.Config {
	return sdk.Config{ClusterID: "c", NodeID: "n1", DataDir: dir, Logger: slog.New(slog.DiscardHandler)}
}

// start launches p and opens the backend; the test's end closes it.
func start(t *testing.T, p launch.Plugin) (sdk.Backend, *machine) {
	t.Helper()
	b, err := p.Open(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { shut(b) })
	m := newMachine()
	require.NoError(t, b.Open(t.Context(), config(t.TempDir()), m))
	return b, m
}

func shut(b sdk.Backend) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = b.Close(ctx)
}

func pid(b sdk.Backend) int { return b.(sdk.Informer).Info().PID }

// awaitEnd returns how long it took to know that b ended, and why it did.
func awaitEnd(t *testing.T, b sdk.Backend) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	life := b.(sdk.Lifetime)
	select {
	case <-life.Done():
		return time.Since(began), life.Err()
	case <-time.After(patience):
		require.FailNow(t, "the plugin's end wasn't noticed")
		return 0, nil
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// machine is a host that keeps the entries.
type machine struct {
	mu      sync.Mutex
	entries [][]byte
	state   []byte // what Snapshot writes
	restore []byte // what Restore read
	changed chan struct{}
}

func newMachine() *machine { return &machine{changed: make(chan struct{})} }

func (m *machine) update(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *machine) Apply(_ context.Context, entries ...sdk.Entry) error {
	m.update(func() {
		for _, e := range entries {
			m.entries = append(m.entries, e.Data)
		}
	})
	return nil
}

func (m *machine) Snapshot(context.Context) (sdk.Snapshot, error) { return snapshot{m.state}, nil }

func (m *machine) Restore(_ context.Context, r io.Reader) error {
	state, err := io.ReadAll(r)
	m.update(func() { m.restore = state })
	return err
}

func (m *machine) SetStatus(sdk.Status) {}

// await returns the entries once there are n.
func (m *machine) await(t *testing.T, n int) [][]byte {
	t.Helper()
	late := time.After(patience)
	for {
		m.mu.Lock()
		entries, changed := m.entries, m.changed
		m.mu.Unlock()
		if len(entries) >= n {
			return entries
		}
		select {
		case <-changed:
		case <-late:
			require.FailNow(t, "entries missing", "got %d, want %d", len(entries), n)
		}
	}
}

type snapshot struct{ state []byte }

func (s snapshot) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(s.state)
	return int64(n), err
}

func (snapshot) Release() {}

// logs keeps what is logged, as lines of text.
type logs struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func (l *logs) logger() *slog.Logger {
	l.changed = make(chan struct{})
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
}

func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(line)
	close(l.changed)
	l.changed = make(chan struct{})
	return len(line), nil
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await returns the first line that contains part.
func (l *logs) await(t *testing.T, part string) string {
	t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		text, changed := l.text.String(), l.changed
		l.mu.Unlock()
		for line := range strings.Lines(text) {
			if strings.Contains(line, part) {
				return line
			}
		}
		select {
		case <-changed:
		case <-late:
			require.FailNow(t, "not logged", "want %q in:\n%s", part, text)
		}
	}
}
