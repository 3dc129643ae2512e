package conformance

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/metadata"
)

// tap takes down every change of a node's state after a revision: what its host
// applied, by the request that made it.
func (c *clients) tap(ctx context.Context, node int, after uint64) {
	for m, err := range c.stores[node].Watch(ctx, metadata.FromRevision(after)) {
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			c.fail(fmt.Errorf("watching node %s: %w", nameOf(node), err))
			return
		case m.Kind == metadata.WatchChange:
			c.note(func() {
				tap := &c.history.Taps[node]
				tap.Entries = append(tap.Entries, history.Applied{Position: m.Revision, ID: m.RequestID.String(), Hash: hashOf(m)})
				c.tapped[node] = m.Revision
			})
		case m.Kind == metadata.WatchState || m.Kind == metadata.WatchStateEnd:
			c.fail(fmt.Errorf("watching node %s from revision %d: it was told a state, not changes", nameOf(node), after))
			return
		}
	}
}

func hashOf(m metadata.WatchMessage) uint64 {
	h := fnv.New64a()
	for _, change := range m.Changes {
		fmt.Fprintf(h, "%v %+v;", change.Key(), change.After)
	}
	return h.Sum64()
}

// awaitAcks waits for so many more acknowledged writes.
func (c *clients) awaitAcks(ctx context.Context, more int) error {
	want := 0
	return c.await(ctx, fmt.Sprintf("%d more acknowledged writes", more), func() bool {
		if want == 0 {
			want = c.acks + more
		}
		return c.acks >= want
	})
}

// end lets the clients finish what they are at, and every tap come to the last
// revision of any node.
func (c *clients) end(ctx context.Context) error {
	c.stop()
	c.load.Wait()
	var last uint64
	for _, store := range c.stores {
		last = max(last, store.View().Revision())
	}
	err := c.await(ctx, fmt.Sprintf("revision %d on every node", last), func() bool {
		for _, at := range c.tapped {
			if at < last {
				return false
			}
		}
		return true
	})
	c.unplug()
	c.taps.Wait()
	return err
}

// await waits until cond, which is asked under the lock, holds.
func (c *clients) await(ctx context.Context, what string, cond func() bool) error {
	for {
		c.mu.Lock()
		changed, failed, there := c.changed, c.failed, cond()
		c.mu.Unlock()
		switch {
		case failed != nil:
			return failed
		case there:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s didn't come to pass: %w", what, context.Cause(ctx))
		}
	}
}
