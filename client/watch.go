package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// defaultSilence is how long a node may tell nothing at all before it counts as
// gone. One that is well sends bookmarks more often (host.Store).
const defaultSilence = 15 * time.Second

// steady is how long a stream must last to have been of use, if it told nothing
// but where it begins: a node that is closed does as much again and again.
const steady = time.Second

// errSilence ends a stream for the client itself.
var errSilence = errors.New("silence")

// Watch is metadata.Store's. When the connection breaks, the node goes away or
// falls silent, it goes on where it was, as often as it has to; it ends with an
// error if that fails for as long as RetryFor says.
func (c *Client) Watch(ctx context.Context, opts ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return func(yield func(metadata.WatchMessage, error) bool) {
		w := &watch{client: c, options: metadata.NewWatchOptions(opts), yield: yield, waits: backoff.NewExponentialBackOff()}
		w.waits.InitialInterval, w.waits.MaxInterval = retryFirst, retryMax
		if err := w.run(ctx); err != nil {
			yield(metadata.WatchMessage{}, err)
		}
	}
}

// watch is one watch through all its streams. One goroutine runs it.
type watch struct {
	client  *Client
	options metadata.WatchOptions // of the next stream
	yield   func(metadata.WatchMessage, error) bool
	waits   *backoff.ExponentialBackOff
	told    int       // messages of this stream
	first   time.Time // when the first of them came
	lost    time.Time // since when it fails to go on; zero: it never had to
	stopped bool      // by whoever is told
}

// run returns why the watch is over; nil: it was stopped.
func (w *watch) run(ctx context.Context) error {
	for {
		err := w.stream(ctx)
		switch {
		case w.stopped:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		if w.lost.IsZero() || w.ofUse() {
			w.lost = time.Now()
			w.waits.Reset()
		}
		if !w.mayGoOn(err) {
			return err
		}
		timer := time.NewTimer(w.waits.NextBackOff())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// ofUse reports whether the stream that ended had brought the watch further.
func (w *watch) ofUse() bool {
	return w.told > 1 || w.told == 1 && time.Since(w.first) > steady
}

// mayGoOn reports whether another stream may do better.
func (w *watch) mayGoOn(err error) bool {
	return errors.Is(err, metadata.ErrUnavailable) && !errors.Is(err, net.ErrClosed) && time.Since(w.lost) < w.client.retryFor
}

// stream follows one stream to its end and returns why it ended.
func (w *watch) stream(ctx context.Context) error {
	w.told = 0
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	quiet := time.AfterFunc(w.client.silence, func() { cancel(errSilence) })
	defer quiet.Stop()
	s, err := w.client.watch.Watch(ctx, convert.WatchRequest(w.options))
	if err != nil {
		return w.ended(ctx, err)
	}
	for !w.stopped {
		m, err := receive(func() (*metalogv1.WatchResponse, error) {
			quiet.Reset(w.client.silence)
			defer quiet.Stop() // what the caller does with it takes as long as it takes
			return s.Recv()
		})
		if err != nil {
			return w.ended(ctx, err)
		}
		w.tell(m)
	}
	return nil
}

// ended is what the end of a stream means.
func (w *watch) ended(ctx context.Context, err error) error {
	switch {
	case errors.Is(context.Cause(ctx), errSilence):
		return convert.Matching(fmt.Sprintf("the node at %s has told nothing for %s", w.client.address, w.client.silence),
			metadata.ErrUnavailable, ErrUnreachable)
	case errors.Is(err, io.EOF):
		return convert.Matching("the node at "+w.client.address+" ended the watch", metadata.ErrUnavailable)
	default:
		return w.client.readError(ctx, err)
	}
}

// receive puts the fragments of one message together.
func receive(next func() (*metalogv1.WatchResponse, error)) (metadata.WatchMessage, error) {
	var whole metadata.WatchMessage
	for {
		p, err := next()
		if err != nil {
			return whole, err
		}
		m, err := convert.WatchMessage(p)
		if err != nil {
			return whole, err
		}
		m.Changes = append(whole.Changes, m.Changes...)
		whole = m
		if !p.GetFragment() {
			return whole, nil
		}
	}
}

// tell tells a message and notes how far the watch has come. A state that breaks
// off is told again, from its beginning.
func (w *watch) tell(m metadata.WatchMessage) {
	if w.told++; w.told == 1 {
		w.first = time.Now()
	}
	w.client.seen.atLeast(m.Revision)
	if m.Kind != metadata.WatchState {
		from := m.Revision
		w.options.From, w.options.InitialState = &from, false
	} else {
		w.options.InitialState = true
	}
	w.stopped = !w.yield(m, nil)
}
