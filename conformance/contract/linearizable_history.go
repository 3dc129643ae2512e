package contract

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// recorder takes down when writes and reads were called and came back, for the
// judge of histories. A write counts from its delivery on the node where it was
// acknowledged, which is when a host answers its caller.
type recorder struct {
	c     *cluster
	begin time.Time

	mu sync.Mutex
	h  history.History
}

func (c *cluster) record() *recorder { return &recorder{c: c, begin: time.Now()} }

// recorded is what the data of a recorder's writes begins with.
const recorded = "recorded-"

// writer and reader write and read on node until the story rests.
func (r *recorder) writer(node string) {
	r.c.background(func(ctx context.Context) error { return r.write(ctx, node) })
}

func (r *recorder) reader(node string) {
	r.c.background(func(ctx context.Context) error { return r.read(ctx, node) })
}

func (r *recorder) write(ctx context.Context, node string) error {
	session := r.c.session(node)
	from := len(session.Machine.Entries())
	w := history.Write{ID: r.c.name(recorded + node), Node: node, Call: time.Since(r.begin)}
	err := r.c.offers.Propose(ctx, session, w.ID)
	switch {
	case err == nil && delivered(ctx, session.Machine, from, w.ID) == nil:
		w.Outcome = history.Acknowledged
	case errors.Is(err, sdk.ErrNotAppended):
		w.Outcome = history.NotAppended
	}
	w.Return = time.Since(r.begin)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.h.Writes = append(r.h.Writes, w)
	return err
}

// delivered waits until m has data, which isn't among its first entries.
func delivered(ctx context.Context, m *trial.Machine, first int, data string) error {
	return m.Await(ctx, "the delivery of "+data, func() bool {
		entries := m.Entries()
		begin := first
		first = len(entries)
		return slices.ContainsFunc(entries[begin:], func(e sdk.Entry) bool { return string(e.Data) == data })
	})
}

func (r *recorder) read(ctx context.Context, node string) error {
	session := r.c.session(node)
	read := history.Read{Node: node, Linearizable: true, Call: time.Since(r.begin)}
	if err := session.Barrier(ctx); err != nil {
		return err
	}
	read.Position, read.Return = session.Machine.Applied(), time.Since(r.begin)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.h.Reads = append(r.h.Reads, read)
	return nil
}

// judge ends the record, and holds it against what the nodes were given. Hosts
// must have kept their states: the log of a node is that of its machine.
func (r *recorder) judge() {
	c := r.c
	c.retry("too little was read and written to judge", func(context.Context) error { return r.thin() })
	if c.rest(); c.err != nil {
		return
	}
	for _, node := range c.up {
		r.h.Taps = append(r.h.Taps, tapOf(node, c.machine(node).Entries()))
	}
	r.h.Foreign = func(id string) bool { return !strings.HasPrefix(id, recorded) }
	for _, v := range history.Judge(r.h) {
		if v.Rule == history.RuleRecord {
			c.check(trial.Harness(errors.New(v.String())))
		}
		c.failf("%v (R15)", v)
	}
}

// thin says that a verdict on what there is would mean nothing.
func (r *recorder) thin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.h.Summary(); s.Acknowledged < traffic || s.Linearizable < traffic {
		return fmt.Errorf("only %v", s)
	}
	return nil
}

func tapOf(node string, entries []sdk.Entry) history.Tap {
	tap := history.Tap{Node: node, Life: 1}
	for _, e := range entries {
		hash := fnv.New64a()
		_, _ = hash.Write(e.Data)
		tap.Entries = append(tap.Entries, history.Applied{Position: e.Index, ID: string(e.Data), Hash: hash.Sum64()})
	}
	return tap
}
