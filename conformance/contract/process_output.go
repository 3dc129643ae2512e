package contract

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// linesOf is how many lines a session may print, down to debug, that proposes so
// much: a story of its start and end, and little about each entry.
func linesOf(proposals int) int { return 100 + 2*proposals }

func printsLittle(ctx context.Context, s *trial.Stage) error {
	p, err := plugged(s)
	if err != nil {
		return err
	}
	prints := &printed{next: p.Logger.Handler()}
	p.Logger = slog.New(prints)
	h, err := connectPlugin(ctx, s, p)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.begin(ctx, usual); err != nil {
		return err
	}
	if err := h.open(ctx); err != nil {
		return err
	}
	const n = 400
	if err := h.offerMany(n, func(id uint64) string { return fmt.Sprintf("quietly-%d", id) }); err != nil {
		return err
	}
	if err := h.delivered(ctx, n); err != nil {
		return err
	}
	if err := h.askClose(ctx); err != nil {
		return err
	}
	h.leave() // all it has printed is read
	return prints.judge(linesOf(n))
}

// printed counts what a plugin prints, and notes the first line that begins as a
// record of a log and isn't one: the host takes that for text.
type printed struct {
	next slog.Handler

	mu        sync.Mutex
	lines     int
	malformed string
}

func (p *printed) Enabled(context.Context, slog.Level) bool { return true }

func (p *printed) Handle(ctx context.Context, r slog.Record) error {
	p.mu.Lock()
	p.lines++
	if p.malformed == "" && strings.HasPrefix(strings.TrimSpace(r.Message), "{") {
		p.malformed = r.Message
	}
	p.mu.Unlock()
	return p.next.Handle(ctx, r)
}

func (p *printed) WithAttrs([]slog.Attr) slog.Handler { return p }
func (p *printed) WithGroup(string) slog.Handler      { return p }

func (p *printed) judge(most int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.malformed != "":
		return fmt.Errorf("a line begins as a record of a log, and isn't one with a message: %s", trial.Show([]byte(p.malformed)))
	case p.lines > most:
		return fmt.Errorf("it printed %d lines at least, and %d are enough for what it had to do", p.lines, most)
	}
	return nil
}
