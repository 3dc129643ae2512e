package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// heard is all that a plugin has said to a raw host, held against the rules of
// the wire as it comes. Its fields are read within await, or through methods.
type heard struct {
	listening sync.WaitGroup

	mu        sync.Mutex
	changed   chan struct{} // closed, and replaced, at every change
	hello     *backendpb.Hello
	messages  int
	position  uint64 // of the newest message that has one
	entries   []sdk.Entry
	unapplied []delivery // beyond what the host has said to have applied
	status    *backendpb.Status
	pong      uint64
	replies   map[uint64]*backendpb.Failure // nil: committed
	over      error                         // why the session's stream ended; nil: it goes on
	closed    error                         // likewise that of proposals
	broken    error                         // the first rule that was
}

type receiver[T any] interface{ Recv() (T, error) }

// delivery is a message that takes room in the window.
type delivery struct {
	position       uint64
	entries, bytes int
}

func newHeard() *heard {
	return &heard{changed: make(chan struct{}), replies: map[uint64]*backendpb.Failure{}}
}

// limit says which window the plugin has been given.
func (h *heard) limit(hello *backendpb.Hello) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hello = hello
}

// listen notes the session's messages until it ends.
func (h *heard) listen(stream receiver[*backendpb.PluginMessage]) {
	hear(h, stream, h.note, &h.over)
}

// hear notes what comes until the stream ends, and then why.
func hear[T any](h *heard, stream receiver[T], note func(T), end *error) {
	for {
		m, err := stream.Recv()
		h.mu.Lock()
		if err != nil {
			*end = err
		} else {
			note(m)
		}
		h.notify()
		h.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (h *heard) note(m *backendpb.PluginMessage) {
	if h.messages++; h.messages == 1 && m.GetStatus() == nil {
		h.breaks("the session's first message is a %T: a status comes first (R10)", m.GetMessage())
	}
	switch m := m.GetMessage().(type) {
	case *backendpb.PluginMessage_Status:
		h.noteStatus(m.Status)
	case *backendpb.PluginMessage_Pong:
		h.pong = max(h.pong, m.Pong.GetId())
	case *backendpb.PluginMessage_Committed:
		h.noteEntries(m.Committed)
	case *backendpb.PluginMessage_SnapshotNeeded:
		h.place(m.SnapshotNeeded.GetPosition(), 1, 0)
	case *backendpb.PluginMessage_RestoreNeeded:
		h.place(m.RestoreNeeded.GetPosition(), 1, 0)
	}
}

func (h *heard) noteStatus(s *backendpb.Status) {
	switch before := h.status.GetSequence(); {
	case h.messages == 1 && s.GetSequence() != 0:
		h.breaks("the first status has sequence %d: 0 is the one that only says that the process is there", s.GetSequence())
	case h.messages > 1 && s.GetSequence() <= before:
		h.breaks("a status of sequence %d came after one of %d: they count up", s.GetSequence(), before)
	}
	h.status = s
}

func (h *heard) noteEntries(c *backendpb.Committed) {
	size := 0
	for _, e := range c.GetEntries() {
		if n := len(h.entries); e.GetIndex() == 0 || n > 0 && e.GetIndex() <= h.entries[n-1].Index {
			h.breaks("entry %d came after %d others: indexes strictly increase, from 1 at least (R1)", e.GetIndex(), n)
		}
		h.entries = append(h.entries, sdk.Entry{Index: e.GetIndex(), Data: bytes.Clone(e.GetData())})
		size += len(e.GetData())
	}
	h.place(c.GetPosition(), max(1, len(c.GetEntries())), size)
}

// place takes a message's room in the window (R9).
func (h *heard) place(position uint64, entries, size int) {
	h.position++
	if position != h.position {
		h.breaks("a message has position %d, and is the session's number %d of those that have one", position, h.position)
	}
	h.unapplied = append(h.unapplied, delivery{position, entries, size})
	total := delivery{}
	for _, d := range h.unapplied {
		total.entries += d.entries
		total.bytes += d.bytes
	}
	if total.entries > int(h.hello.GetWindowEntries()) || total.bytes > int(h.hello.GetWindowBytes()) {
		h.breaks("%d entries of %d bytes came beyond what was applied: the window is %d entries and %d bytes (R9)",
			total.entries, total.bytes, h.hello.GetWindowEntries(), h.hello.GetWindowBytes())
	}
}

// release gives room back.
func (h *heard) release(position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.unapplied) > 0 && h.unapplied[0].position <= position {
		h.unapplied = h.unapplied[1:]
	}
}

// listenToReplies notes what became of proposals until their stream ends.
func (h *heard) listenToReplies(stream receiver[*backendpb.ProposeReply]) {
	hear(h, stream, h.noteReply, &h.closed)
}

func (h *heard) noteReply(r *backendpb.ProposeReply) {
	if _, twice := h.replies[r.GetId()]; twice {
		h.breaks("proposal %d was answered twice", r.GetId())
	}
	h.replies[r.GetId()] = r.GetFailure()
}

// breaks notes a broken rule. The lock is held.
func (h *heard) breaks(format string, args ...any) {
	if h.broken == nil {
		h.broken = fmt.Errorf(format, args...)
	}
}

func (h *heard) notify() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// await waits until cond holds, which is asked with the lock held; what says what
// is waited for. A broken rule ends it, and so does the session's end.
func (h *rawHost) await(ctx context.Context, what string, cond func() bool) error {
	ctx, cancel := h.stage.Within(ctx)
	defer cancel()
	for {
		h.mu.Lock()
		holds, broken, over, changed := cond(), h.broken, h.over, h.changed
		h.mu.Unlock()
		switch {
		case broken != nil:
			return broken
		case holds:
			return nil
		case over != nil:
			return fmt.Errorf("the session ended (%w) before %s", over, what)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s didn't come: %w; %s", what, context.Cause(ctx), h.describe())
		}
	}
}

// awaitEnd waits for the end of the session's stream, and returns why it ended;
// io.EOF for an orderly one.
func (h *rawHost) awaitEnd(ctx context.Context) (why error, err error) {
	err = h.await(ctx, "the session's end", func() bool { return h.over != nil })
	return h.sessionEnd(), err
}

// sessionEnd is why the session's stream ended; nil: it goes on.
func (h *heard) sessionEnd() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

// reached is the position of the newest message that has one, and how many entries
// have come up to there.
func (h *heard) reached() (position uint64, entries int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.position, len(h.entries)
}

func (h *heard) describe() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := fmt.Sprintf("%d messages have come, with %d entries, and %d replies", h.messages, len(h.entries), len(h.replies))
	if h.closed != nil && !errors.Is(h.closed, io.EOF) {
		text += fmt.Sprintf("; the stream of proposals had ended: %v", h.closed)
	}
	return text
}
