package host

import (
	"fmt"
	"runtime/debug"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// batch applies entries to a draft and collects what there will be to tell once
// the draft is published.
type batch struct {
	draft  *metadata.Draft
	view   view            // what there will be beside the draft
	before uint64          // revision before the entry that is being applied
	moved  *metadata.State // that an import put in the place of what was before; nil: none did

	results []applied
	changes []metadata.WatchMessage
	marks   []mark
	heard   []heard
}

// applied is the result of an event, and the entry that it came in.
type applied struct {
	entry  entryID
	result metadata.Result
}

// mark is the state's digest at the end of an entry.
type mark struct {
	revision uint64
	digest   metadata.Digest
}

// heard is what an entry says about the node that proposed it, and what became
// of the entry.
type heard struct {
	entry     entryID
	node      string
	clockMS   int64
	refused   error // why what the node proposed for itself did nothing
	dropped   error // why its events weren't applied
	witnessed bool  // with a digest that can be compared with this node's
	revision  uint64
	digest    metadata.Digest
}

func newBatch(v *view) *batch {
	return &batch{draft: v.state.Draft(), view: *v, before: v.state.Revision()}
}

// apply does one entry. After an error the batch is of no use.
func (b *batch) apply(e sdk.Entry) (err error) {
	defer recovered(&err)
	b.before = b.draft.Revision()
	entry, err := decodeEntry(e.Data)
	if err != nil {
		return err
	}
	_, err = b.take(e.Index, entry, func(*eventpb.Event, metadata.Result) {})
	return err
}

// take is apply of an entry that is decoded. Each is told of every event that was
// applied. What it returns is the entry as it was heard.
func (b *batch) take(index uint64, entry *eventpb.Entry, each func(*eventpb.Event, metadata.Result)) (heard, error) {
	h := hear(entry)
	var err error
	if h.refused, err = b.own(entry); err != nil {
		return h, err
	}
	if h.dropped, err = b.events(entry, each); err != nil {
		return h, err
	}
	b.view.index = index
	b.heard = append(b.heard, h)
	if b.draft.Revision() > b.before {
		b.marks = append(b.marks, mark{b.draft.Revision(), b.draft.Digest()})
	}
	return h, nil
}

// events applies an entry's, unless the door is shut: then they are dropped, on
// every node alike, and not even decoded.
func (b *batch) events(entry *eventpb.Entry, each func(*eventpb.Event, metadata.Result)) (dropped, err error) {
	if why := b.view.shut(); why != nil && len(entry.GetEvents()) > 0 {
		return why, nil
	}
	return nil, applyEvents(b.draft, entry, func(ev *eventpb.Event, res metadata.Result) {
		b.results = append(b.results, applied{entryID(entry.GetId()), res})
		b.changes = appendChange(b.changes, b.draft, ev, res)
		each(ev, res)
	})
}

// appendChange adds what the event that was just applied changed, if it did.
func appendChange(messages []metadata.WatchMessage, d *metadata.Draft, ev *eventpb.Event, res metadata.Result) []metadata.WatchMessage {
	changes := d.Changes()
	if changes == nil {
		return messages
	}
	return append(messages, metadata.WatchMessage{
		Kind: metadata.WatchChange, Revision: res.Revision, TimeMS: d.Now(),
		Operation: metadata.OperationOf(ev), RequestID: res.Request, Changes: changes,
	})
}

// recovered turns a panic of whoever defers it into its error: an entry that
// makes apply panic would do so on every start.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// hear is what the entry says; what becomes of it isn't known yet.
func hear(e *eventpb.Entry) heard {
	h := heard{entry: entryID(e.GetId()), node: e.GetNode(), clockMS: e.GetClockMs()}
	if w := e.GetWitness(); w != nil && w.GetDigestVersion() == metadata.DigestVersion {
		h.witnessed, h.revision, h.digest = true, w.GetRevision(), metadata.Digest(w.GetDigest())
	}
	return h
}

// back are the entries that node proposed.
func (b *batch) back(node string) []heard {
	var own []heard
	for _, h := range b.heard {
		if h.node == node {
			own = append(own, h)
		}
	}
	return own
}

// end ends the draft.
func (b *batch) end() *view {
	next := b.view
	next.state = b.draft.State()
	return &next
}

// applyEvents applies an entry's events in order and hands out their results.
func applyEvents(d *metadata.Draft, e *eventpb.Entry, each func(*eventpb.Event, metadata.Result)) error {
	for i, data := range e.GetEvents() {
		ev, err := metadata.Decode(data)
		if err != nil {
			return fmt.Errorf("event %d of the entry: %w", i, err)
		}
		res, err := d.Apply(ev)
		if err != nil {
			return fmt.Errorf("event %d of the entry: %w", i, err)
		}
		each(ev, res)
	}
	return nil
}
