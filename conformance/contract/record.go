package contract

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// record is what was proposed to a node in all its lives, for the judge of
// histories. Any number of goroutines may propose.
type record struct {
	begin time.Time

	mu     sync.Mutex
	writes []history.Write
	acked  int
	lives  int
}

func newRecord() *record { return &record{begin: time.Now()} }

// propose offers data, which names the entry, and notes what became of it.
func (r *record) propose(ctx context.Context, n *trial.Session, data string) error {
	w := history.Write{ID: data, Node: n.Node(), Call: time.Since(r.begin)}
	err := n.Propose(ctx, []byte(data))
	w.Return, w.Outcome = time.Since(r.begin), outcomeOf(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = append(r.writes, w)
	if err == nil {
		r.acked++
	}
	return err
}

func outcomeOf(err error) history.Outcome {
	switch {
	case err == nil:
		return history.Acknowledged
	case errors.Is(err, sdk.ErrNotAppended):
		return history.NotAppended
	default:
		return history.Unknown
	}
}

// acknowledged counts what must be there.
func (r *record) acknowledged() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acked
}

// life names the next one.
func (r *record) life() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lives++
	return r.lives
}

// load has writers propose until one of them fails, each entry named by prefix.
// It reports on every acknowledgement, and returns when all have ended.
func (r *record) load(ctx context.Context, n *trial.Session, prefix string, writers int, acked func()) {
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ; i++ {
				if r.propose(ctx, n, fmt.Sprintf("%s-%d-%d", prefix, w, i)) != nil {
					return
				}
				acked()
			}
		})
	}
	wg.Wait()
}

// mark proposes one more entry and waits until it has been delivered: then
// everything before it has been, too.
func (r *record) mark(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	name := fmt.Sprintf("mark-%d", r.life())
	if err := r.propose(ctx, n, name); err != nil {
		return fmt.Errorf("a proposal after the restart: %w", err)
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	return n.Machine.Await(within, "the delivery of what was proposed after the restart", func() bool { return holds(n.Machine, name) })
}

func holds(m *trial.Machine, data string) bool {
	entries := m.Entries()
	for i := len(entries) - 1; i >= 0; i-- {
		if string(entries[i].Data) == data {
			return true
		}
	}
	return false
}

// judge holds all that was proposed against what m, which has all of the log,
// was given.
func (r *record) judge(m *trial.Machine) error {
	tap := history.Tap{Node: "n1", Life: r.life()}
	for _, e := range m.Entries() {
		h := fnv.New64a()
		_, _ = h.Write(e.Data)
		tap.Entries = append(tap.Entries, history.Applied{Position: e.Index, ID: string(e.Data), Hash: h.Sum64()})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	violations := history.Judge(history.History{Writes: r.writes, Taps: []history.Tap{tap}})
	if len(violations) == 0 {
		return nil
	}
	const most = 3
	text := make([]string, 0, most+1)
	for i, v := range violations {
		if i == most {
			text = append(text, fmt.Sprintf("and %d more", len(violations)-most))
			break
		}
		text = append(text, v.String())
	}
	err := errors.New(strings.Join(text, "\n"))
	if violations[0].Rule == history.RuleRecord {
		return trial.Harness(err)
	}
	return err
}

// thin says that what was acknowledged is too little to mean anything.
func (r *record) thin(least int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return trial.Harness(history.Thin(history.History{Writes: r.writes}, least))
}
