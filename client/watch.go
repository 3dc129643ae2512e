package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// Watch is metadata.Store's. When the connection breaks or the node goes away, it
// goes on where it was, as often as it has to; it ends with an error if nobody
// tells it anything for as long as RetryFor says.
func (c *Client) Watch(ctx context.Context, opts ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return func(yield func(metadata.WatchMessage, error) bool) {
		w := &watch{client: c, options: metadata.NewWatchOptions(opts), yield: yield, waits: backoff.NewExponentialBackOff()}
		w.waits.InitialInterval, w.waits.MaxInterval = retryFirst, retryMax
		w.heard = time.Now()
		if err := w.run(ctx); err != nil && !w.stopped {
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
	heard   time.Time
	stopped bool // by whoever is told
}

// run returns why the watch is over.
func (w *watch) run(ctx context.Context) error {
	for {
		err := w.stream(ctx)
		if w.stopped || !w.mayGoOn(ctx, err) {
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

// mayGoOn reports whether another stream may do better.
func (w *watch) mayGoOn(ctx context.Context, err error) bool {
	return ctx.Err() == nil && errors.Is(err, metadata.ErrUnavailable) && time.Since(w.heard) < w.client.retryFor
}

// stream follows one stream to its end and returns why it ended.
func (w *watch) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := w.client.watch.Watch(ctx, convert.WatchRequest(w.options))
	if err != nil {
		return w.client.readError(ctx, err)
	}
	for !w.stopped {
		m, err := receive(s)
		switch {
		case errors.Is(err, io.EOF):
			return convert.Matching("the node at "+w.client.address+" ended the watch", metadata.ErrUnavailable)
		case err != nil:
			return w.client.readError(ctx, err)
		}
		w.tell(m)
	}
	return nil
}

// receive puts the fragments of one message together.
func receive(s metalogv1.Watch_WatchClient) (metadata.WatchMessage, error) {
	var whole metadata.WatchMessage
	for {
		p, err := s.Recv()
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
	w.heard = time.Now()
	w.waits.Reset()
	w.client.seen.learn(m.Revision)
	if m.Kind != metadata.WatchState {
		from := m.Revision
		w.options.From, w.options.InitialState = &from, false
	} else {
		w.options.InitialState = true
	}
	w.stopped = !w.yield(m, nil)
}
