package plugin

import (
	"fmt"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// inbox holds what has been delivered and not yet applied, in order. The window
// bounds it: a plugin that sends more breaks the protocol.
type inbox struct {
	wake chan struct{} // size 1: something is waiting

	mu       sync.Mutex
	window   window
	waiting  []any // the PluginMessage oneofs that have a position
	position uint64
	index    uint64
}

func newInbox(l limits) *inbox {
	return &inbox{
		wake:   make(chan struct{}, 1),
		window: window{maxEntries: l.windowEntries, maxBytes: l.windowBytes},
	}
}

// put checks one message and queues it. An error ends the session.
func (i *inbox) put(message any) error {
	i.mu.Lock()
	err := i.check(message)
	if err == nil {
		i.waiting = append(i.waiting, message)
	}
	i.mu.Unlock()
	if err == nil {
		select {
		case i.wake <- struct{}{}:
		default:
		}
	}
	return err
}

func (i *inbox) check(message any) error {
	position := positionOf(message)
	if position != i.position+1 {
		return protocolError(fmt.Sprintf("positions count up by one: got %d after %d", position, i.position))
	}
	i.position = position
	c, ok := message.(*backendpb.PluginMessage_Committed)
	if !ok || len(c.Committed.GetEntries()) == 0 {
		return i.charge(0)
	}
	for _, e := range c.Committed.GetEntries() {
		if e.GetIndex() <= i.index {
			return &sdk.Error{
				Reason:  sdk.ReasonDiverged,
				Message: fmt.Sprintf("order: indexes strictly increase: got %d after %d", e.GetIndex(), i.index),
			}
		}
		i.index = e.GetIndex()
		if err := i.charge(len(e.GetData())); err != nil {
			return err
		}
	}
	return nil
}

func (i *inbox) charge(bytes int) error {
	if !i.window.fits(bytes) {
		return protocolError(fmt.Sprintf("window: at most %d entries and %d bytes are under way: got more, with %d entries and %d bytes",
			i.window.maxEntries, i.window.maxBytes, i.window.entries, i.window.bytes))
	}
	i.window.add(i.position, bytes)
	return nil
}

// take empties the inbox; into is reused for what comes next.
func (i *inbox) take(into []any) []any {
	clear(into)
	i.mu.Lock()
	defer i.mu.Unlock()
	taken := i.waiting
	i.waiting = into[:0]
	return taken
}

func (i *inbox) release(position uint64) {
	i.mu.Lock()
	i.window.release(position)
	i.mu.Unlock()
}

func positionOf(message any) uint64 {
	switch m := message.(type) {
	case *backendpb.PluginMessage_Committed:
		return m.Committed.GetPosition()
	case *backendpb.PluginMessage_SnapshotNeeded:
		return m.SnapshotNeeded.GetPosition()
	case *backendpb.PluginMessage_RestoreNeeded:
		return m.RestoreNeeded.GetPosition()
	}
	return 0
}
