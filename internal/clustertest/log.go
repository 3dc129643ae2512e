package clustertest

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
)

// logOf is a node's log, within the test's if that is verbose.
func logOf(t *testing.T, node string) *slog.Logger {
	t.Helper()
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	w := &writer{t: t}
	t.Cleanup(w.end)
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo})).With("node", node)
}

// writer writes to a test's log for as long as the test runs: a library with one
// logger for the process writes there later.
type writer struct {
	mu sync.Mutex
	t  *testing.T // nil: it is over
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t != nil {
		w.t.Log(string(bytes.TrimSpace(p)))
	}
	return len(p), nil
}

func (w *writer) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = nil
}
