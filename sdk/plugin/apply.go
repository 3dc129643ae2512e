package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// applier is the one goroutine that calls the host's state machine.
type applier struct {
	proxy *Proxy
	sm    sdk.StateMachine

	entries  []sdk.Entry // gathered for the next Apply
	bytes    int
	position uint64 // of the newest gathered or applied

	owed credit // applied, not yet given back
	told time.Time
}

type credit struct{ entries, bytes int }

// ackInterval bounds how long a slow host leaves the plugin without news.
const ackInterval = time.Second

// apply hands over all that is waiting at once, so that the host publishes one
// state for it. It returns when the session ends or why it must.
func (p *Proxy) apply(sm sdk.StateMachine) error {
	a := &applier{proxy: p, sm: sm, told: time.Now()}
	var batch []any
	for {
		select {
		case <-p.inbox.wake:
		case <-p.ctx.Done():
			return nil
		}
		batch = p.inbox.take(batch)
		for _, m := range batch {
			if err := a.handle(m); err != nil {
				return a.stopped(err)
			}
		}
		if err := a.flush(); err != nil {
			return a.stopped(err)
		}
	}
}

// stopped says where the host gave up. If the session's end made it, that has a
// cause already, and this one is dropped.
func (a *applier) stopped(err error) error {
	return fmt.Errorf("the host can't go on after position %d: %w", a.position, err)
}

func (a *applier) handle(message any) error {
	switch m := message.(type) {
	case *backendpb.PluginMessage_Committed:
		return a.gather(m.Committed)
	case *backendpb.PluginMessage_SnapshotNeeded:
		return a.control(m.SnapshotNeeded.GetPosition(), func(ctx context.Context) error {
			return a.proxy.snapshot(ctx, a.sm, m.SnapshotNeeded.GetId())
		})
	case *backendpb.PluginMessage_RestoreNeeded:
		return a.control(m.RestoreNeeded.GetPosition(), func(ctx context.Context) error {
			return a.proxy.restore(ctx, a.sm, m.RestoreNeeded.GetId())
		})
	}
	return nil
}

// gather adds a message's entries to the next Apply, which takes a quarter of
// the window at most: the plugin hears of progress while a backlog is applied.
func (a *applier) gather(c *backendpb.Committed) error {
	if a.entries == nil {
		a.entries = make([]sdk.Entry, 0, len(c.GetEntries()))
	}
	for _, e := range c.GetEntries() {
		a.entries = append(a.entries, sdk.Entry{Index: e.GetIndex(), Data: e.GetData(), Uncommitted: e.GetUncommitted()})
		a.bytes += len(e.GetData())
	}
	a.position = c.GetPosition()
	if len(c.GetEntries()) == 0 {
		a.owed.entries++
	}
	if l := a.proxy.limits; 4*len(a.entries) >= l.windowEntries || 4*a.bytes >= l.windowBytes {
		return a.flush()
	}
	return nil
}

// flush applies what was gathered. The slice goes with it: a callee may keep it.
// Without entries there may be a position to note, and window to give back.
func (a *applier) flush() error {
	if len(a.entries) == 0 {
		if a.owed == (credit{}) {
			return nil
		}
		return a.applied()
	}
	entries, bytes := a.entries, a.bytes
	a.entries, a.bytes = nil, 0
	if err := a.sm.Apply(a.proxy.ctx, entries...); err != nil {
		return err
	}
	a.owed.entries += len(entries)
	a.owed.bytes += bytes
	return a.applied()
}

// control does what stands between entries, after those before it.
func (a *applier) control(position uint64, do func(context.Context) error) error {
	if err := a.flush(); err != nil {
		return err
	}
	a.position = position
	if err := do(a.proxy.ctx); err != nil {
		return err
	}
	a.owed.entries++
	return a.applied()
}

// applied gives window back once it is worth a message. What is kept back never
// makes the plugin wait: the largest entry still fits beside it.
func (a *applier) applied() error {
	p := a.proxy
	p.applied.advance(a.position)
	l := p.limits
	if 4*a.owed.entries < l.windowEntries && 4*a.owed.bytes < l.windowBytes &&
		a.owed.bytes <= l.windowBytes-sdk.MaxEntrySize && time.Since(a.told) < ackInterval {
		return nil
	}
	a.owed, a.told = credit{}, time.Now()
	p.inbox.release(a.position)
	return p.tell(&backendpb.HostMessage{Message: &backendpb.HostMessage_Applied{
		Applied: &backendpb.Applied{Position: a.position},
	}})
}
