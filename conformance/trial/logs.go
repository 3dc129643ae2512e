package trial

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// keptLines is how much of a case's log a report quotes.
const keptLines = 40

// Logs takes what a backend and its process print during a case. Any number of
// goroutines may use it.
type Logs struct{ to *logSink }

// NewLogs returns empty ones.
func NewLogs() Logs { return Logs{&logSink{}} }

// Logger writes into the logs, down to debug.
func (l Logs) Logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l.to, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Tail is the last lines.
func (l Logs) Tail() []string {
	l.to.mu.Lock()
	defer l.to.mu.Unlock()
	return append([]string(nil), l.to.last...)
}

// Lines is how many there were.
func (l Logs) Lines() int {
	l.to.mu.Lock()
	defer l.to.mu.Unlock()
	return l.to.count
}

// Find returns the first of the kept lines that has text in it.
func (l Logs) Find(text string) (string, bool) {
	for _, line := range l.Tail() {
		if strings.Contains(line, text) {
			return line, true
		}
	}
	return "", false
}

type logSink struct {
	mu    sync.Mutex
	count int
	last  []string
}

// Write takes one record, as a slog handler writes it.
func (s *logSink) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if len(s.last) == keptLines {
		s.last = s.last[1:]
	}
	s.last = append(s.last, string(bytes.TrimRight(line, "\n")))
	return len(line), nil
}
