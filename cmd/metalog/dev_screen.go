package main

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/jedib0t/go-pretty/v6/text"
)

// screen is where a development cluster is seen. Any goroutine may use it.
type screen interface {
	say(line string)      // what has happened
	log(line string)      // progress, and what nodes print
	table(lines []string) // how it is, in place of the table before
	stop()                // no table any more; lines may still come
}

// plainScreen is lines only: the first table, and what happens.
type plainScreen struct {
	mu       sync.Mutex
	out, err io.Writer
	shown    bool
}

func (p *plainScreen) say(line string) { p.line(p.out, line) }
func (p *plainScreen) log(line string) { p.line(p.err, line) }
func (p *plainScreen) stop()           {}

func (p *plainScreen) table(lines []string) {
	p.mu.Lock()
	shown := p.shown
	p.shown = true
	p.mu.Unlock()
	if !shown {
		p.line(p.out, strings.Join(lines, "\n"))
	}
}

func (p *plainScreen) line(to io.Writer, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(to, line)
}

// liveScreen keeps the table below all that is said, and draws it anew.
type liveScreen struct {
	mu    sync.Mutex
	out   io.Writer
	width func() int
	lines []string // the table and its help, as they are drawn
	drawn int      // how many lines of it are on the terminal
	over  bool
}

func (l *liveScreen) log(line string) { l.say(line) }

func (l *liveScreen) say(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw(line + "\n")
}

func (l *liveScreen) table(lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.lines = append(append([]string{""}, lines...), devKeysHelp)
		l.draw("")
	}
}

// stop leaves the table where it is, without the keys, which have an end too.
func (l *liveScreen) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = l.lines[:max(0, len(l.lines)-1)]
	l.draw("")
	l.lines, l.drawn, l.over = nil, 0, true
}

// draw takes the table away, prints what stays, and puts the table below, in one
// write, so that nothing flickers. No line of the table is wider than the terminal:
// it would be two.
func (l *liveScreen) draw(stays string) {
	var b strings.Builder
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r\x1b[J", l.drawn)
	}
	b.WriteString(stays)
	width := l.width()
	for _, line := range l.lines {
		b.WriteString(text.Snip(line, width, "…") + "\n")
	}
	l.drawn = len(l.lines)
	_, _ = io.WriteString(l.out, b.String())
}
