package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	// closeTimeout is how long a backend gets to close.
	closeTimeout = 10 * time.Second
	// failTimeout is how long one that says it has failed gets to end by itself,
	// which tells more than its status does (R13).
	failTimeout = 5 * time.Second
)

// errSessionOver ends whatever ran in a session.
var errSessionOver = errors.New("the backend's session is over")

// session is one backend from Open to Close.
type session struct {
	backend sdk.Backend
	info    sdk.Info
	applied uint64 // here when the session began

	ctx  context.Context // ends with the session, its cause being the reason
	end  context.CancelCauseFunc
	work sync.WaitGroup

	// failing ends when the backend is as good as gone by its own account, the
	// cause being what it said, and with ctx at the latest. Nothing new is
	// proposed from then on.
	failing context.Context
	fail    context.CancelCauseFunc

	status   atomic.Pointer[sdk.Status]
	opened   atomic.Bool
	onStatus func(sdk.Status)
	log      *slog.Logger
}

func newSession(ctx context.Context, b sdk.Backend, applied uint64, onStatus func(sdk.Status), log *slog.Logger) *session {
	s := &session{backend: b, applied: applied, onStatus: onStatus, log: log}
	if i, ok := b.(sdk.Informer); ok {
		s.info = i.Info()
	}
	s.ctx, s.end = context.WithCancelCause(ctx)
	s.failing, s.fail = context.WithCancelCause(s.ctx)
	return s
}

// open opens the backend and follows it from then on.
func (s *session) open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	cfg.Applied = s.applied
	if err := s.backend.Open(ctx, cfg, sm); err != nil {
		return err
	}
	s.opened.Store(true)
	s.run(s.watch)
	return nil
}

// watch ends the session when its backend is gone.
func (s *session) watch(ctx context.Context) {
	var done <-chan struct{}
	life, mortal := s.backend.(sdk.Lifetime)
	if mortal {
		done = life.Done()
	}
	select {
	case <-s.failing.Done():
	case <-done:
	}
	if mortal {
		timer := time.NewTimer(failTimeout)
		defer timer.Stop()
		select {
		case <-done:
			s.end(gone(life.Err()))
			return
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
	s.end(context.Cause(s.failing))
}

func gone(err error) error {
	if err == nil {
		return errors.New("the backend ended by itself")
	}
	return fmt.Errorf("the backend ended: %w", err)
}

// run starts a goroutine of the session; it must return when its context ends.
func (s *session) run(f func(context.Context)) { s.work.Go(func() { f(s.ctx) }) }

// ends ends the session because of err, unless that is nil, and returns it.
func (s *session) ends(err error) error {
	if err != nil {
		s.end(err)
	}
	return err
}

// setStatus may be called by any goroutine, until the backend is closed.
func (s *session) setStatus(st sdk.Status) {
	s.logHealth(s.status.Swap(&st), st)
	s.onStatus(st)
	if st.Health == sdk.HealthFailed {
		s.fail(fmt.Errorf("the backend has failed: %s", st.Reason))
	} else if s.opened.Load() {
		_ = s.ends(s.rolledBack())
	}
}

// logHealth tells of each change for the worse and back. A backend that fails
// ends its session, which is logged then.
func (s *session) logHealth(before *sdk.Status, now sdk.Status) {
	was := before != nil && before.Health == sdk.HealthDegraded
	switch is := now.Health == sdk.HealthDegraded; {
	case is && !was:
		s.log.Warn("the backend is degraded", "reason", now.Reason)
	case was && now.Health == sdk.HealthOK:
		s.log.Info("the backend is well again")
	}
}

// rolledBack holds what the backend says it has stored against what this host
// had applied before (R7). What one that has failed says is no proof.
func (s *session) rolledBack() error {
	st := s.status.Load()
	if st == nil || st.Health == sdk.HealthFailed || st.StoredIndex >= s.applied {
		return nil
	}
	return diverged("it holds entries up to index %d, and %d was delivered before", st.StoredIndex, s.applied)
}

// close closes the backend and waits for everything that ran. What the backend
// still delivers is applied. Called once.
func (s *session) close() error {
	s.end(errSessionOver)
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.backend.Close(ctx)
	s.work.Wait()
	return err
}
