package host

import (
	"context"
	"errors"
	"sync"

	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// errRestored: a snapshot took the state's place, and the entry may lie in it.
var errRestored = errors.New("a snapshot was restored meanwhile")

// ownEntries are the entries that this host proposed for itself and that
// haven't come back, by entry id. Any goroutine may use them.
type ownEntries struct {
	mu   sync.Mutex
	byID map[entryID]chan<- error // 1 each: the first answer counts
}

func newOwnEntries() *ownEntries { return &ownEntries{byID: make(map[entryID]chan<- error)} }

func (o *ownEntries) add(id entryID, back chan<- error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byID[id] = back
}

func (o *ownEntries) remove(id entryID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.byID, id)
}

// applied tells whoever waits that an entry came back, and why it did nothing if
// it was refused.
func (o *ownEntries) applied(id entryID, refused error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer(id, refused)
}

// restored tells everybody that their entries may never come.
func (o *ownEntries) restored() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id := range o.byID {
		o.answer(id, errRestored)
	}
}

func (o *ownEntries) answer(id entryID, err error) {
	back, ok := o.byID[id]
	if !ok {
		return
	}
	delete(o.byID, id)
	select {
	case back <- err:
	default:
	}
}

// send proposes e through b and returns when it has come back. An error says
// that it hasn't, or that it was refused, and then it is an *sdk.Error with
// NotAppended, like one of the backend's.
func (o *ownEntries) send(ctx context.Context, b sdk.Backend, e *eventpb.Entry) error {
	data, err := encodeEntry(e)
	if err != nil {
		return err
	}
	id, back := entryID(e.GetId()), make(chan error, 1)
	o.add(id, back)
	defer o.remove(id)
	if err := b.Propose(ctx, data); err != nil && sdk.OutcomeOf(err) == sdk.NotAppended {
		return err
	}
	select {
	case err := <-back:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
