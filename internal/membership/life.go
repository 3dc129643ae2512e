package membership

import (
	"context"
	"errors"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// ErrOrderly ends a session that was asked to.
var ErrOrderly = errors.New("closed")

// Session is what runs between a backend's Open and its end.
type Session interface {
	comparable
	// Run waits for the end and releases everything. Nil: it was closed.
	Run() error
	// Over reports whether it has ended, or is about to.
	Over() bool
	// Close gives away what the others shall have, and has it end. ctx bounds that.
	Close(ctx context.Context)
}

// Life is a backend's one session, from before Open until all is released. Any
// goroutine may use it.
type Life[S Session] struct {
	done chan struct{} // closed when the session is over and everything is released

	mu      sync.Mutex // guards what follows
	used    bool
	session S // nil before Open, and for good if that failed
	err     error
}

// NewLife is one before Open.
func NewLife[S Session]() *Life[S] { return &Life[S]{done: make(chan struct{})} }

// Begin runs what start returns, once. After an error of start's nothing may be left.
func (l *Life[S]) Begin(start func() (S, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used {
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: "opened twice: a backend serves one session, make another"}
	}
	l.used = true
	s, err := start()
	if err != nil {
		close(l.done)
		return err
	}
	l.session = s
	go l.run(s)
	return nil
}

func (l *Life[S]) run(s S) {
	err := s.Run()
	l.mu.Lock()
	l.err = err
	l.mu.Unlock()
	close(l.done)
}

// Running is the session, if it is one.
func (l *Life[S]) Running() (S, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var none S
	if l.session == none || l.session.Over() {
		return none, Closed(sdk.NotAppended)
	}
	return l.session, nil
}

// Close ends the session and waits for that. What was committed and not yet delivered
// comes at the next Open.
func (l *Life[S]) Close(ctx context.Context) error {
	l.mu.Lock()
	s := l.session
	if !l.used {
		l.used = true
		close(l.done)
	}
	l.mu.Unlock()
	var none S
	if s == none {
		return nil
	}
	s.Close(ctx)
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		return GaveUp(ctx, "close: the node hasn't come to rest", sdk.Unknown)
	}
}

// Done is closed when the session is over.
func (l *Life[S]) Done() <-chan struct{} { return l.done }

// Err says why the session ended by itself.
func (l *Life[S]) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// AwaitEnd waits for the end of the session, has tell show why, and returns that; nil:
// it was closed.
func (s *Seat) AwaitEnd(tell func()) error {
	<-s.Context.Done()
	err := context.Cause(s.Context)
	switch {
	case errors.Is(err, ErrOrderly):
		return nil
	case sdk.Terminal(err): // the session's end says so, with its reason
		s.Log.Error("the node ends its session for good", "error", err)
	default:
		s.Log.Error("the node ends its session", "error", err)
		s.Board.Fail(err)
		tell()
	}
	return err
}
