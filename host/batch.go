package host

import (
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// batch applies entries to a draft and collects what there will be to tell once
// the draft is published.
type batch struct {
	draft     *metadata.Draft
	directory directory
	index     uint64
	before    uint64 // revision before the entry that is being applied

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

// heard is what an entry says about the node that proposed it.
type heard struct {
	entry     entryID
	node      string
	clockMS   int64
	witnessed bool // with a digest that can be compared with this node's
	revision  uint64
	digest    metadata.Digest
}

func newBatch(v *view) *batch {
	return &batch{draft: v.state.Draft(), directory: v.directory, index: v.index, before: v.state.Revision()}
}

// apply does one entry. After an error the batch is of no use.
func (b *batch) apply(e sdk.Entry) (err error) {
	defer recovered(&err)
	b.before = b.draft.Revision()
	entry, err := decodeEntry(e.Data)
	if err != nil {
		return err
	}
	if err := b.own(entry); err != nil {
		return err
	}
	if err := applyEvents(b.draft, entry, func(ev *eventpb.Event, res metadata.Result) {
		b.results = append(b.results, applied{entryID(entry.GetId()), res})
		b.changes = appendChange(b.changes, b.draft, ev, res)
	}); err != nil {
		return err
	}
	b.index = e.Index
	b.hear(entry)
	if b.draft.Revision() > b.before {
		b.marks = append(b.marks, mark{b.draft.Revision(), b.draft.Digest()})
	}
	return nil
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

// own does what a host proposed for itself.
func (b *batch) own(e *eventpb.Entry) error {
	switch own := e.GetOwn().(type) {
	case nil, *eventpb.Entry_Barrier:
		return nil
	case *eventpb.Entry_Announcement:
		b.directory = b.directory.with(e.GetNode(), own.Announcement)
		return nil
	default:
		return errors.New("an entry of a kind (import, seal or unseal) that this build can't apply: upgrade the node")
	}
}

func (b *batch) hear(e *eventpb.Entry) {
	h := heard{entry: entryID(e.GetId()), node: e.GetNode(), clockMS: e.GetClockMs()}
	if w := e.GetWitness(); w != nil && w.GetDigestVersion() == metadata.DigestVersion {
		h.witnessed, h.revision, h.digest = true, w.GetRevision(), metadata.Digest(w.GetDigest())
	}
	b.heard = append(b.heard, h)
}

// ids are the entries that node proposed.
func (b *batch) ids(node string) []entryID {
	var ids []entryID
	for _, h := range b.heard {
		if h.node == node {
			ids = append(ids, h.entry)
		}
	}
	return ids
}

// view ends the draft.
func (b *batch) view() *view {
	return &view{state: b.draft.State(), index: b.index, directory: b.directory}
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

// maxDump is how much of an entry is shown to people.
const maxDump = 2048

// dump shows an entry that couldn't be applied: as text if it can be decoded,
// else in hex.
func dump(data []byte) string { return dumpBy(data, dumpText) }

// dumpBy falls back to hex too if show panics, as apply may have done over the
// same entry.
func dumpBy(data []byte, show func([]byte) string) (text string) {
	defer func() {
		if recover() != nil {
			text = dumpHex(data)
		}
	}()
	return show(data)
}

func dumpHex(data []byte) string { return hex.EncodeToString(data[:min(len(data), maxDump/2)]) }

func dumpText(data []byte) string {
	entry, err := decodeEntry(data)
	if err != nil {
		return dumpHex(data)
	}
	text := prototext.Format(&eventpb.Entry{Id: entry.GetId(), Node: entry.GetNode(), ClockMs: entry.GetClockMs(), Own: entry.GetOwn()})
	for _, event := range entry.GetEvents() {
		if ev, err := metadata.Decode(event); err == nil {
			text += "event { " + prototext.Format(ev) + " }\n"
		} else {
			text += "event in hex: " + dumpHex(event) + "\n"
		}
		if len(text) > maxDump {
			return text[:maxDump] + " ..."
		}
	}
	return text
}
