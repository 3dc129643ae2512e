package history_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/conformance/history"
)

// simulated draws a legal history: a log that grows at known moments, calls around
// these, nodes that apply it life by life, and reads of it.
func simulated(t *rapid.T) history.History {
	s := simulation{T: t, history: history.History{Foreign: func(id string) bool { return id[0] == 'f' }}}
	s.write()
	s.tap()
	s.read()
	return s.history
}

type simulation struct {
	*rapid.T
	history history.History
	log     []history.Applied
	at      []time.Duration // when each of log was committed
}

func (s *simulation) draw(low, high int, label string) int {
	return rapid.IntRange(low, high).Draw(s.T, label)
}

func (s *simulation) node() string { return fmt.Sprintf("n%d", s.draw(1, 3, "node")) }

// around draws a call and a return around a moment.
func (s *simulation) around(at time.Duration) (call, back time.Duration) {
	return max(1, at-time.Duration(s.draw(0, 40, "before"))), at + time.Duration(s.draw(0, 40, "after"))
}

func (s *simulation) write() {
	var position uint64
	now := time.Duration(1)
	for i := range s.draw(4, 14, "entries") {
		position += 10 * uint64(s.draw(1, 3, "step"))
		now += time.Duration(s.draw(1, 20, "pause"))
		id := fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"w", "w", "w", "u", "f"}).Draw(s.T, "kind"), i)
		if i == 0 {
			id = "w0"
		}
		s.log, s.at = append(s.log, entry(position, id)), append(s.at, now)
		call, back := s.around(now)
		switch id[0] {
		case 'w':
			said := position * uint64(s.draw(0, 1, "position is told"))
			s.history.Writes = append(s.history.Writes, acknowledged(id, s.node(), call, back, said))
		case 'u':
			s.history.Writes = append(s.history.Writes, history.Write{ID: id, Node: s.node(), Call: call, Return: back})
		}
	}
	for i := range s.draw(0, 3, "absent") {
		call, back := s.around(now)
		outcome := rapid.SampledFrom([]history.Outcome{history.Unknown, history.NotAppended}).Draw(s.T, "outcome")
		s.history.Writes = append(s.history.Writes, history.Write{ID: fmt.Sprintf("a%d", i), Node: s.node(), Call: call, Return: back, Outcome: outcome})
	}
}

// tap lets n1 and n2 apply everything in two lives, and n3 as far as it comes
// from a snapshot and some entries before that.
func (s *simulation) tap() {
	for _, node := range []string{"n1", "n2"} {
		crash := s.draw(1, len(s.log)-1, "crash")
		s.addTap(node, 1, 0, s.log[:crash])
		s.addTap(node, 2, s.log[crash-1].Position, s.log[crash:])
	}
	restored := s.draw(1, len(s.log), "restored")
	var held []history.Applied
	for _, e := range s.log[:restored] {
		if rapid.Bool().Draw(s.T, "again") {
			held = append(held, e)
		}
	}
	held = append(held, s.log[restored:s.draw(restored, len(s.log), "reached")]...)
	s.addTap("n3", 1, s.log[restored-1].Position, held)
}

func (s *simulation) addTap(node string, life int, begin uint64, held []history.Applied) {
	s.history.Taps = append(s.history.Taps, history.Tap{Node: node, Life: life, Begin: begin, Entries: slices.Clone(held)})
}

func (s *simulation) read() {
	lag, saw := map[string]time.Duration{}, map[string]uint64{}
	for _, node := range []string{"n1", "n2", "n3"} {
		lag[node] = time.Duration(s.draw(0, 50, "lag"))
	}
	var now time.Duration
	for range s.draw(0, 12, "reads") {
		now += time.Duration(s.draw(1, 20, "pause"))
		r := history.Read{Node: s.node(), Linearizable: rapid.Bool().Draw(s.T, "linearizable")}
		r.Call, r.Return = s.around(now)
		r.Call = min(r.Call, now)
		behind := lag[r.Node]
		if r.Linearizable {
			behind = 0
		}
		r.Position = max(saw[r.Node], s.committed(now-behind))
		saw[r.Node] = r.Position
		s.history.Reads = append(s.history.Reads, r)
	}
}

// committed is how far the log had come.
func (s *simulation) committed(at time.Duration) uint64 {
	var position uint64
	for i, when := range s.at {
		if when <= at {
			position = s.log[i].Position
		}
	}
	return position
}
