package faults

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/metadata"
)

// taps take down what nodes apply: each node's changes as it tells them, through all
// its restarts, and at the end once more from the beginning.
type taps struct {
	drill   *Drill
	ctx     context.Context
	stop    context.CancelFunc
	plugged sync.WaitGroup

	// under the record's lock
	lives map[string]int    // by node: how many taps it has had
	at    map[string]uint64 // by node: how far its running tap has come
	jumps map[string]int    // by node: how often it was told the state instead of changes
	pulls map[string]func() // ends a running tap, and waits for that
}

func (d *Drill) newTaps() *taps {
	t := &taps{drill: d, lives: map[string]int{}, at: map[string]uint64{}, jumps: map[string]int{}, pulls: map[string]func(){}}
	t.ctx, t.stop = context.WithCancel(d.ctx)
	return t
}

// plug starts a node's running tap, which ends with unplug or end.
func (t *taps) plug(node string) {
	ctx, cancel := context.WithCancel(t.ctx)
	done := make(chan struct{})
	t.drill.record.note(func() {
		t.pulls[node], t.at[node] = func() { cancel(); <-done }, 0
	})
	t.plugged.Go(func() {
		defer close(done)
		err := t.follow(ctx, node, func(m metadata.WatchMessage) bool {
			t.at[node] = m.Revision
			return true
		})
		if err != nil && ctx.Err() == nil {
			t.drill.record.fail(fmt.Errorf("watching %s: %w", node, err))
		}
	})
}

// unplug ends the tap of a node that is to go for good.
func (t *taps) unplug(node string) {
	var pull func()
	t.drill.record.note(func() { pull = t.pulls[node] })
	pull()
	t.drill.record.note(func() { delete(t.at, node) })
}

func (t *taps) end() {
	t.stop()
	t.plugged.Wait()
}

// follow takes down a watch from the beginning of the history until more says
// otherwise, which is asked under the record's lock.
func (t *taps) follow(ctx context.Context, node string, more func(metadata.WatchMessage) bool) (err error) {
	c, err := client.Dial(t.drill.address(node), client.RetryFor(time.Hour)) // until ctx ends
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	current := t.begin(node, 0)
	var before metadata.WatchKind
	for m, err := range c.Watch(ctx, metadata.FromRevision(0)) {
		if err != nil {
			return err
		}
		if m.Kind == metadata.WatchState && before != metadata.WatchState {
			t.drill.record.note(func() { t.jumps[node]++ })
			current = t.begin(node, m.Revision)
		}
		before = m.Kind
		going := true
		t.drill.record.note(func() {
			if m.Kind == metadata.WatchChange {
				tap := &t.drill.record.history.Taps[current]
				tap.Entries = append(tap.Entries, history.Applied{Position: m.Revision, ID: m.RequestID.String(), Hash: hashOf(m)})
			}
			going = more(m)
		})
		if !going {
			return nil
		}
	}
	return nil
}

// begin makes a tap of a node's and returns its place.
func (t *taps) begin(node string, at uint64) (place int) {
	t.drill.record.note(func() {
		t.lives[node]++
		taps := &t.drill.record.history.Taps
		place = len(*taps)
		*taps = append(*taps, history.Tap{Node: node, Life: t.lives[node], Begin: at})
	})
	return place
}

// rest takes down what a node holds now, up to a revision.
func (t *taps) rest(ctx context.Context, node string, last uint64) error {
	err := t.follow(ctx, node, func(m metadata.WatchMessage) bool {
		return m.Kind == metadata.WatchState || m.Revision < last
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("what %s has applied up to revision %d: %w", node, last, err)
	}
	return nil
}

// jumped is how often a node was told the state instead of changes.
func (t *taps) jumped(node string) (times int) {
	t.drill.record.note(func() { times = t.jumps[node] })
	return times
}

func hashOf(m metadata.WatchMessage) uint64 {
	h := fnv.New64a()
	for _, change := range m.Changes {
		fmt.Fprintf(h, "%v %+v;", change.Key(), change.After)
	}
	return h.Sum64()
}
