package host

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

const (
	// bookmarkEvery is how often a silent watch is looked at: it is heard of within
	// twice as long.
	bookmarkEvery = 5 * time.Second
	// statePiece is how many records of the state are told at once.
	statePiece = 1000
)

// Watch is metadata.WatchStore's. A watcher costs nothing but its own goroutine,
// which is the caller's.
func (s *Store) Watch(ctx context.Context, opts ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return watching(ctx, s.feed, s.reader, opts)
}

// Watch is metadata.WatchStore's. It never ends by itself.
func (b *Bare) Watch(ctx context.Context, opts ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return watching(ctx, b.core.feed, b.core, opts)
}

// watchable is what a watch reads from beside the history.
type watchable interface {
	// readable waits until there is something to read, and for a revision.
	readable(ctx context.Context, revision uint64) error
	// local is the latest state, or why there is none to read.
	local() (state *metadata.State, stale bool, err error)
	// ended is closed when nothing will change any more, after which why says
	// what happened.
	ended() <-chan struct{}
	why() error
}

func watching(ctx context.Context, f *feed, from watchable, opts []metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return func(yield func(metadata.WatchMessage, error) bool) {
		w := &watcher{options: metadata.NewWatchOptions(opts), feed: f, from: from, yield: yield}
		if err := w.run(ctx); err != nil && !w.stopped {
			yield(metadata.WatchMessage{}, err)
		}
	}
}

// watcher is one watch. One goroutine runs it.
type watcher struct {
	options metadata.WatchOptions
	feed    *feed
	from    watchable
	yield   func(metadata.WatchMessage, error) bool

	at      uint64 // everything up to here is told, or needn't be
	said    uint64 // the revision of the last message
	present bool   // all of the past is told
	silent  bool   // since the last tick
	stopped bool   // by whoever is told
}

// run returns why the watch is over.
func (w *watcher) run(ctx context.Context) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(bookmarkEvery)
	defer tick.Stop()
	for !w.stopped {
		if _, _, err := w.from.local(); err != nil {
			return err
		}
		p := w.feed.after(w.at)
		if p.missing {
			if err := w.tellState(ctx); err != nil {
				return err
			}
			continue
		}
		told := w.at
		w.tell(p)
		if w.at == told {
			w.arrive()
		}
		if w.stopped {
			return nil
		}
		if err := w.wait(ctx, p, tick.C, w.at > told); err != nil {
			return err
		}
	}
	return nil
}

// arrive says, once, that the past is told, if its last message didn't.
func (w *watcher) arrive() {
	if !w.present && w.said < w.at {
		w.bookmark()
	}
	w.present = true
}

func (w *watcher) bookmark() {
	w.send(metadata.WatchMessage{Kind: metadata.WatchBookmark, Revision: w.at})
}

// begin finds where to begin and says so.
func (w *watcher) begin(ctx context.Context) error {
	for _, noun := range w.options.Nouns {
		if !noun.Known() {
			return &metadata.Error{
				Code:    metadata.CodeInvalidRequest,
				Message: fmt.Sprintf("there is no noun %d to watch: leave it out", noun),
			}
		}
	}
	var from uint64
	if w.options.From != nil {
		from = *w.options.From
	}
	if err := w.from.readable(ctx, from); err != nil {
		return err
	}
	if w.options.InitialState {
		return w.tellState(ctx)
	}
	w.at = from
	if w.options.From == nil {
		w.at = w.feed.latest()
	}
	if !w.feed.after(w.at).missing {
		w.bookmark()
	}
	return nil
}

// tellState tells everything there is, in pieces.
func (w *watcher) tellState(ctx context.Context) error {
	state, _, err := w.from.local()
	if err != nil {
		return err
	}
	piece, sent := make([]metadata.Change, 0, statePiece), false
	send := func() {
		sent = true
		w.send(metadata.WatchMessage{Kind: metadata.WatchState, Revision: state.Revision(), TimeMS: state.LastMS(), Changes: piece})
		piece = make([]metadata.Change, 0, statePiece)
	}
	for r := range state.AllRecords() {
		c := metadata.Change{After: r}
		if !w.options.Wants(c) {
			continue
		}
		if piece = append(piece, c); len(piece) == statePiece {
			send()
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		if w.stopped {
			return nil
		}
	}
	if len(piece) > 0 || !sent { // the first piece says that a state follows, be it empty
		send()
	}
	w.send(metadata.WatchMessage{Kind: metadata.WatchStateEnd, Revision: state.Revision(), TimeMS: state.LastMS()})
	w.at = state.Revision()
	return nil
}

// tell tells a page.
func (w *watcher) tell(p page) {
	for i := range p.messages {
		m := &p.messages[i]
		if w.options.Filtered() {
			if wanted := w.filtered(m); len(wanted.Changes) > 0 && !w.send(wanted) {
				return
			}
		} else if !w.send(*m) {
			return
		}
		w.at = m.Revision
	}
	w.at = max(w.at, p.told)
}

// filtered is what the watch wants of a change, maybe nothing. Without all of it
// Previous would prove nothing.
func (w *watcher) filtered(m *metadata.WatchMessage) metadata.WatchMessage {
	wanted := *m
	wanted.Previous, wanted.Changes = 0, nil
	for _, c := range m.Changes {
		if w.options.Wants(c) {
			wanted.Changes = append(wanted.Changes, c)
		}
	}
	return wanted
}

// wait returns when there may be more to tell, at once if that is known. A watch
// that has been silent for long says how far it is.
func (w *watcher) wait(ctx context.Context, p page, tick <-chan time.Time, more bool) error {
	changed := p.changed
	if more {
		changed = closed
	}
	select {
	case <-tick:
		if w.silent {
			w.bookmark()
		}
		w.silent = true
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-changed:
	case <-w.from.ended():
		if w.feed.after(w.at).told <= w.at {
			return w.from.why()
		}
	}
	return nil
}

// closed is what needn't be waited for.
var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// send reports whether the watch goes on.
func (w *watcher) send(m metadata.WatchMessage) bool {
	w.silent, w.said = false, m.Revision
	w.stopped = w.stopped || !w.yield(m, nil)
	return !w.stopped
}
