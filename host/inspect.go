package host

import (
	"context"
	"fmt"
	"io"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// LogVisitor sees a stored log in order. An error from it ends the reading.
type LogVisitor interface {
	// Base is called once and first.
	Base(LogBase) error
	// Entry is called for each entry above the base.
	Entry(LogEntry) error
}

// LogBase is where a stored log begins: its snapshot, or genesis at index 0.
type LogBase struct {
	Index     uint64
	State     *metadata.State
	Nodes     []Node
	SealedTo  string // empty: not sealed
	Importing int64  // bytes of an import that isn't complete
}

// LogEntry is one stored entry and what it came to.
type LogEntry struct {
	Index       uint64
	Uncommitted bool           // stored, but not known to be committed: it wasn't applied
	Entry       *eventpb.Entry // its events are encoded; Events has them decoded
	Events      []LogEvent
	Refused     string // why what a host proposed for itself did nothing; empty: it did
	Dropped     string // why its events weren't applied: their results are zero, and those that no longer can be decoded are left out

	// After the entry.
	Revision  uint64
	Digest    metadata.Digest
	SealedTo  string
	Importing int64
}

// LogEvent is an event and its result; of an uncommitted entry the result is
// zero.
type LogEvent struct {
	Event  *eventpb.Event
	Result metadata.Result
}

// ReadLog reads a stopped node's directory, cfg.DataDir, through b, which isn't
// open and claims to inspect. It applies what is committed and returns the state
// that comes to. An entry that can't be applied is an error that names its
// index.
func ReadLog(ctx context.Context, b sdk.Backend, cfg sdk.Config, v LogVisitor) (*metadata.State, error) {
	inspector, ok := sdk.As[sdk.Inspector](b)
	if !ok {
		return nil, &sdk.Error{
			Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended,
			Message: "this backend can't read the directory of a stopped node",
		}
	}
	r := &logReader{visitor: v, view: &view{state: metadata.Genesis()}}
	if err := inspector.Inspect(ctx, cfg, r); err != nil {
		if r.err != nil {
			return nil, r.err
		}
		return nil, err
	}
	if r.err == nil {
		r.err = r.base()
	}
	return r.view.state, r.err
}

// logReader is the state machine that an inspector fills.
type logReader struct {
	visitor LogVisitor
	view    *view
	begun   bool  // the visitor has the base
	err     error // the first, which an inspector may wrap beyond recognition
}

func (r *logReader) base() error {
	if r.begun {
		return nil
	}
	r.begun = true
	return r.visitor.Base(LogBase{
		Index: r.view.index, State: r.view.state, Nodes: r.view.directory.nodes(),
		SealedTo: r.view.seal, Importing: r.view.half.size(),
	})
}

// Restore takes the base snapshot.
func (r *logReader) Restore(_ context.Context, in io.Reader) error { return r.keep(r.restore(in)) }

func (r *logReader) restore(in io.Reader) error {
	v, err := readView(in)
	if err != nil {
		return corrupt(err)
	}
	r.view = v
	return r.base()
}

// Apply visits entries. What the base covers already is passed over.
func (r *logReader) Apply(ctx context.Context, entries ...sdk.Entry) error {
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.keep(r.visit(e)); err != nil {
			return err
		}
	}
	return nil
}

func (r *logReader) visit(e sdk.Entry) error {
	if err := r.base(); err != nil {
		return err
	}
	if e.Index <= r.view.index {
		return nil
	}
	entry, err := r.read(e)
	if err != nil {
		return &sdk.Error{Reason: sdk.ReasonCorrupt, Message: fmt.Sprintf("the entry at index %d can't be applied", e.Index), Err: err}
	}
	return r.visitor.Entry(entry)
}

func (r *logReader) read(e sdk.Entry) (seen LogEntry, err error) {
	defer recovered(&err)
	entry, err := decodeEntry(e.Data)
	if err != nil {
		return LogEntry{}, err
	}
	seen = LogEntry{Index: e.Index, Uncommitted: e.Uncommitted, Entry: entry}
	b := newBatch(r.view)
	h, err := b.take(e.Index, entry, func(ev *eventpb.Event, res metadata.Result) {
		seen.Events = append(seen.Events, LogEvent{ev, res})
	})
	switch {
	case err != nil:
		return LogEntry{}, err
	case e.Uncommitted:
		seen.Events = eventsOf(entry)
	case h.dropped != nil:
		seen.Dropped, seen.Events = h.dropped.Error(), eventsOf(entry)
	case h.refused != nil:
		seen.Refused = h.refused.Error()
	}
	if e.Uncommitted {
		next := *r.view
		next.index = e.Index
		r.view = &next
	} else {
		r.view = b.end()
	}
	seen.Revision, seen.Digest = r.view.state.Revision(), r.view.state.Digest()
	seen.SealedTo, seen.Importing = r.view.seal, r.view.half.size()
	return seen, nil
}

// eventsOf are an entry's that weren't applied: those that can be decoded.
func eventsOf(e *eventpb.Entry) (events []LogEvent) {
	for _, data := range e.GetEvents() {
		if ev, err := metadata.Decode(data); err == nil {
			events = append(events, LogEvent{Event: ev})
		}
	}
	return events
}

// Snapshot is never asked of a reader.
func (r *logReader) Snapshot(context.Context) (sdk.Snapshot, error) {
	return nil, r.keep(&sdk.Error{Reason: sdk.ReasonUnsupported, Message: "a log that is being read has no snapshot to give"})
}

// SetStatus is of no interest.
func (r *logReader) SetStatus(sdk.Status) {}

func (r *logReader) keep(err error) error {
	if r.err == nil {
		r.err = err
	}
	return err
}
