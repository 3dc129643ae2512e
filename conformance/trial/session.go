package trial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// Session is one life of a backend. Every call of it comes back: see
// Stage.Patience. Any number of goroutines may use it.
type Session struct {
	Machine *Machine

	stage   *Stage
	node    string
	backend sdk.Backend

	mu     sync.Mutex
	tried  bool // Open was called
	opened bool
	over   bool // closed, or killed
}

// Node is whose session this is.
func (s *Session) Node() string { return s.node }

// Backend is what is under judgement, for what a Session has no method for.
func (s *Session) Backend() sdk.Backend { return s.backend }

// Open opens the backend. After an error the machine isn't called any more.
func (s *Session) Open(ctx context.Context, change func(*sdk.Config)) error {
	cfg := s.config()
	change(&cfg)
	s.mu.Lock()
	s.tried = true
	s.mu.Unlock()
	s.Machine.begin()
	err := s.stage.bounded(ctx, "Open", func(ctx context.Context) error { return s.backend.Open(ctx, cfg, s.Machine) })
	if err != nil {
		s.Machine.end()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened = true
	return nil
}

func (s *Session) config() sdk.Config {
	cfg := s.stage.World.Config(s.node)
	cfg.Applied = s.Machine.Applied()
	cfg.Logger = s.stage.Logs.Logger().With(slog.String("node", s.node))
	return cfg
}

// Propose offers data.
func (s *Session) Propose(ctx context.Context, data []byte) error {
	return s.because(s.stage.bounded(ctx, "Propose", func(ctx context.Context) error { return s.backend.Propose(ctx, data) }))
}

// Barrier is a read barrier, of a backend that claims it.
func (s *Session) Barrier(ctx context.Context) error {
	return call(ctx, s, "ReadBarrier", func(ctx context.Context, b sdk.ReadBarrierer) error { return b.ReadBarrier(ctx) })
}

// Compact drops what a snapshot covers, in a backend that claims it.
func (s *Session) Compact(ctx context.Context) error {
	return call(ctx, s, "Compact", func(ctx context.Context, b sdk.Compacter) error { return b.Compact(ctx) })
}

// Transfer hands leadership on, in a backend that claims it.
func (s *Session) Transfer(ctx context.Context, node string) error {
	return call(ctx, s, "TransferLeadership", func(ctx context.Context, b sdk.Transferer) error {
		return b.TransferLeadership(ctx, node)
	})
}

// Inspect reads the stopped directory into the machine, instead of Open, in a
// backend that claims it.
func (s *Session) Inspect(ctx context.Context) error {
	cfg := s.config()
	s.Machine.inspect()
	defer s.Machine.end()
	return call(ctx, s, "Inspect", func(ctx context.Context, b sdk.Inspector) error { return b.Inspect(ctx, cfg, s.Machine) })
}

// Change changes the membership, in a backend that claims it.
func (s *Session) Change(ctx context.Context, what string, change func(context.Context, sdk.Membership) error) error {
	return call(ctx, s, what, change)
}

// Call makes a call that a Session has no method for.
func (s *Session) Call(ctx context.Context, what string, do func(context.Context, sdk.Backend) error) error {
	return s.because(s.stage.bounded(ctx, what, func(ctx context.Context) error { return do(ctx, s.backend) }))
}

func call[T any](ctx context.Context, s *Session, what string, do func(context.Context, T) error) error {
	ability, ok := sdk.As[T](s.backend)
	if !ok {
		return fmt.Errorf("%s is claimed, and the backend has no such method", what)
	}
	return s.because(s.stage.bounded(ctx, what, func(ctx context.Context) error { return do(ctx, ability) }))
}

// because adds to a failed call why the backend has ended, if it has.
func (s *Session) because(err error) error {
	if err == nil {
		return nil
	}
	if end := s.Ended(); end != nil && !errors.Is(err, end) {
		return errors.Join(err, fmt.Errorf("the backend had ended by itself: %w", end))
	}
	return err
}

// Done is closed when the backend has ended by itself; nil if it can't.
func (s *Session) Done() <-chan struct{} {
	if l, ok := s.backend.(sdk.Lifetime); ok {
		return l.Done()
	}
	return nil
}

// Ended says why the backend ended by itself; nil: it hasn't.
func (s *Session) Ended() error {
	l, ok := s.backend.(sdk.Lifetime)
	if !ok {
		return nil
	}
	select {
	case <-l.Done():
		return l.Err()
	default:
		return nil
	}
}

// AwaitEnd waits until the backend is gone.
func (s *Session) AwaitEnd(ctx context.Context) error {
	ctx, cancel := s.stage.Within(ctx)
	defer cancel()
	select {
	case <-s.Done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("node %s is still there: %w", s.node, context.Cause(ctx))
	}
}

// Close ends the session, once. A backend that had ended by itself makes it an
// error: nobody had asked it to.
func (s *Session) Close(ctx context.Context) error {
	s.mu.Lock()
	over, tried, opened := s.over, s.tried, s.opened
	s.over = true
	s.mu.Unlock()
	if over {
		return nil
	}
	ended := s.Ended()
	s.Machine.leaveSession()
	err := s.stage.bounded(ctx, "Close", s.backend.Close)
	s.Machine.end()
	switch {
	case tried && !opened: // Open's error has been seen
		return nil
	case ended != nil:
		return fmt.Errorf("the backend ended by itself in mid-session: %w", ended)
	}
	return err
}

// Kill ends the session without a word, and waits until the backend is gone. That
// isn't counted against it, but that it had ended by itself before is.
func (s *Session) Kill(ctx context.Context) error {
	ended := s.Ended()
	if ended != nil {
		ended = fmt.Errorf("the backend had ended by itself before it was killed: %w", ended)
	}
	s.Machine.leaveSession()
	err := s.stage.World.Kill(s.node)
	if err == nil {
		err = s.AwaitEnd(ctx)
	}
	s.Forget(ctx) // it is dead: this frees what the proxy holds
	return errors.Join(ended, err)
}

// Forget takes the end of this session out of the judgement: the case has ended
// it, and has said what it thinks of that.
func (s *Session) Forget(ctx context.Context) {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.Machine.leaveSession()
	_ = s.stage.bounded(ctx, "Close", s.backend.Close)
	s.Machine.end()
}
