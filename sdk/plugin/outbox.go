package plugin

import (
	"sync"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// outbox holds what the session stream has yet to send. Entries, snapshots and
// restores keep their order and are bounded by the window; of statuses and
// pongs only the newest is kept, and they go first.
type outbox struct {
	wake chan struct{} // size 1: something is waiting

	mu       sync.Mutex
	window   window
	ordered  []*backendpb.PluginMessage
	tail     *backendpb.Committed // the newest of ordered, while entries may join it
	tailSize int
	position uint64 // of the newest in ordered or sent
	sequence uint64 // of the newest status
	last     sdk.Status
	status   *backendpb.Status
	pong     *backendpb.Pong
}

func newOutbox(l limits) *outbox {
	return &outbox{
		wake:   make(chan struct{}, 1),
		window: window{maxEntries: l.windowEntries, maxBytes: l.windowBytes},
	}
}

// add takes as many entries as the window has room for and says how many.
func (o *outbox) add(entries []sdk.Entry) int {
	o.mu.Lock()
	n := 0
	for _, e := range entries {
		if !o.window.fits(len(e.Data)) {
			break
		}
		o.join(e)
		n++
	}
	o.mu.Unlock()
	if n > 0 {
		o.signal()
	}
	return n
}

func (o *outbox) join(e sdk.Entry) {
	if o.tail == nil || o.tailSize+len(e.Data) > batchBytes {
		o.position++
		o.tail, o.tailSize = &backendpb.Committed{Position: o.position}, 0
		o.ordered = append(o.ordered, &backendpb.PluginMessage{
			Message: &backendpb.PluginMessage_Committed{Committed: o.tail},
		})
	}
	o.tail.Entries = append(o.tail.Entries, &backendpb.Entry{Index: e.Index, Data: e.Data, Uncommitted: e.Uncommitted})
	o.tailSize += len(e.Data)
	o.window.add(o.position, len(e.Data))
}

// place queues the message for the next position, if the window has room.
func (o *outbox) place(message func(position uint64) *backendpb.PluginMessage) bool {
	o.mu.Lock()
	fits := o.window.fits(0)
	if fits {
		o.position++
		o.tail = nil
		o.ordered = append(o.ordered, message(o.position))
		o.window.add(o.position, 0)
	}
	o.mu.Unlock()
	if fits {
		o.signal()
	}
	return fits
}

func (o *outbox) setStatus(s sdk.Status) {
	o.mu.Lock()
	o.sequence++
	o.last = s
	o.status = statusToPB(s)
	o.status.Sequence = o.sequence
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) setPong(id uint64) {
	o.mu.Lock()
	o.pong = &backendpb.Pong{Id: id}
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) release(position uint64) {
	o.mu.Lock()
	o.window.release(position)
	o.mu.Unlock()
}

// reached is the position and the status sequence the session has come to.
func (o *outbox) reached() (position, sequence uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.position, o.sequence
}

func (o *outbox) lastStatus() sdk.Status {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// take empties the outbox into a slice, in the order of sending.
func (o *outbox) take(into []*backendpb.PluginMessage) []*backendpb.PluginMessage {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pong != nil {
		into = append(into, &backendpb.PluginMessage{Message: &backendpb.PluginMessage_Pong{Pong: o.pong}})
	}
	if o.status != nil {
		into = append(into, &backendpb.PluginMessage{Message: &backendpb.PluginMessage_Status{Status: o.status}})
	}
	into = append(into, o.ordered...)
	clear(o.ordered)
	o.ordered, o.tail, o.status, o.pong = o.ordered[:0], nil, nil, nil
	return into
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
