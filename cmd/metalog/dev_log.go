package main

import (
	"fmt"
	"regexp"
	"sync"
	"time"
)

// logLull is how long a node has to be silent about a thing before a line about it is
// shown at once again: what can't be reached is reported with every attempt.
const logLull = 5 * time.Second

// nodeLog shows the warnings and errors of nodes, and whatever else they print that
// isn't of their log, such as a panic. Any goroutine may use it.
type nodeLog struct {
	to  screen
	now func() time.Time

	mu    sync.Mutex
	told  map[string]repeated // by node, level and message
	held  []string
	holds bool
}

// repeated is a message that comes again and again.
type repeated struct {
	shown time.Time
	since int // how often it has come without being shown
}

func newNodeLog(to screen) *nodeLog {
	return &nodeLog{to: to, now: time.Now, told: map[string]repeated{}}
}

// nodeLine is what a node's log prints: the time, the level, the message, the rest
// with or without the plugin it came from.
var nodeLine = regexp.MustCompile(`^time=\S+ level=(\w+) msg=("(?:[^"\\]|\\.)*"|\S*)(?: plugin=\S+ pid=\d+)?(.*)$`)

func (l *nodeLog) line(node, line string) {
	found := nodeLine.FindStringSubmatch(line)
	if found == nil {
		l.show(node + " | " + line)
		return
	}
	level, message, rest := found[1], found[2], found[3]
	if level == "INFO" || level == "DEBUG" {
		return
	}
	text := fmt.Sprintf("%s | %s %s%s", node, level, message, rest)
	if more, ok := l.due(node + level + message); ok {
		if more > 0 {
			text += fmt.Sprintf(" (and %d like it before)", more)
		}
		l.show(text)
	}
}

// due reports whether to show a message, and how many weren't.
func (l *nodeLog) due(key string) (more int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.told[key]
	if now := l.now(); now.Sub(last.shown) >= logLull {
		l.told[key] = repeated{shown: now}
		return last.since, true
	}
	last.since++
	l.told[key] = last
	return 0, false
}

func (l *nodeLog) ended(node, how string) { l.show(fmt.Sprintf("%s | ended: %s", node, how)) }

func (l *nodeLog) show(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds {
		l.held = append(l.held, text)
		return
	}
	l.to.log(text)
}

// hold keeps what comes from now on to itself: nodes that stop complain about each
// other.
func (l *nodeLog) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds = true
}

// release shows what was held.
func (l *nodeLog) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range l.held {
		l.to.log(text)
	}
	l.held, l.holds = nil, false
}
