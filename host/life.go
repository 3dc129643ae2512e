package host

import (
	"context"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/chronik-stream/metalog/sdk"
)

// How long a life waits after a session that ended, and how long a session must
// have been ready to begin from the shortest wait again.
const (
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 30 * time.Second
	calmAfter    = time.Minute
)

// life opens a backend, waits until it ends, backs off and opens the next. One
// goroutine, from start until stop or a verdict.
type life struct {
	opener Opener
	config sdk.Config
	log    *slog.Logger
	phases *phases
	bench  *bench
	hooks  hooks
	why    string // the last session ended; empty before that

	ctx  context.Context // ends when stop is called
	stop context.CancelFunc
	done chan struct{} // closed when the last session is closed
}

// task is what a session runs while it is ready; it ends with the context.
type task = func(context.Context, *session)

// hooks are what a life does for the host around a session.
type hooks struct {
	applied func() uint64
	begin   func(*session) sdk.StateMachine       // before the backend is opened
	status  func(sdk.Status)                      // whenever the backend reports
	prove   func(context.Context, *session) error // returns once the first barrier has come back
	serve   []task                                // run while ready

	concluded func() // after a verdict, with no session left
}

func newLife(cfg Config, log *slog.Logger, b *bench, h hooks) *life {
	l := &life{
		opener: cfg.Backend, log: log, phases: newPhases(), bench: b, hooks: h,
		config: sdk.Config{
			ClusterID: cfg.ClusterID, NodeID: cfg.NodeID, DataDir: cfg.DataDir,
			Address: cfg.Address, Listen: cfg.Listen, Peers: cfg.Peers, Options: cfg.Options, Logger: log,
		},
		done: make(chan struct{}),
	}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l
}

// start opens the first session and returns its error. A host that halts while
// its log is replayed has started: it says so in its status.
func (l *life) start(ctx context.Context) error {
	s, err := l.open(ctx)
	if err == nil {
		go l.run(s)
		return nil
	}
	defer close(l.done)
	l.stop()
	v := l.judge(err)
	if v != nil && v.phase != PhaseFailed {
		l.conclude(v)
		return nil
	}
	return err
}

func (l *life) run(s *session) {
	defer close(l.done)
	wait := newBackOff()
	for {
		err := l.live(s, wait)
		for {
			if v := l.judge(err); v != nil {
				l.conclude(v)
				return
			}
			if !l.pause(wait.NextBackOff(), err) {
				return
			}
			if s, err = l.open(l.ctx); err == nil {
				l.phases.restarted()
				break
			}
		}
	}
}

func newBackOff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: firstBackoff, Multiplier: 2, MaxInterval: maxBackoff, RandomizationFactor: 0.2,
	}
}

// open starts a backend and opens it. After an error nothing is left of it.
func (l *life) open(ctx context.Context) (*session, error) {
	l.phases.enter(PhaseStarting, l.why)
	b, err := l.opener(ctx)
	if err != nil {
		return nil, err
	}
	s := newSession(l.ctx, b, l.hooks.applied(), l.hooks.status, l.log)
	l.phases.opened(s)
	sm := l.hooks.begin(s)
	l.phases.enter(PhaseOpening, l.why)
	if err := s.open(ctx, l.config, sm); err != nil {
		if e := s.close(); e != nil {
			l.log.Debug("close a backend that didn't open", "error", e)
		}
		return nil, err
	}
	return s, nil
}

// live serves a session until it ends, and closes it. The error is why it ended.
func (l *life) live(s *session, wait *backoff.ExponentialBackOff) error {
	l.phases.enter(PhaseRecovering, "the first barrier hasn't come back")
	s.run(l.watchBench(s))
	err := s.rolledBack()
	if err == nil {
		err = l.hooks.prove(s.ctx, s)
	}
	if err == nil {
		l.log.Info("ready", "backend", s.info.Name, "applied", l.hooks.applied())
		l.phases.enter(PhaseReady, "")
		for _, serve := range l.hooks.serve {
			s.run(func(ctx context.Context) { serve(ctx, s) })
		}
		began := time.Now()
		<-s.ctx.Done()
		if time.Since(began) >= calmAfter {
			wait.Reset()
		}
	}
	s.end(err)
	cause := context.Cause(s.ctx)
	if l.ctx.Err() != nil {
		l.phases.leave("")
	} else {
		l.phases.leave(cause.Error())
	}
	if err := s.close(); err != nil {
		l.log.Warn("the backend didn't close in order", "error", err)
	}
	return cause
}

// watchBench ends the session at a verdict.
func (l *life) watchBench(s *session) func(context.Context) {
	return func(ctx context.Context) {
		select {
		case <-l.bench.passed:
			l.phases.suspect(l.bench.reached.Load().phase)
			s.end(l.bench.err())
		case <-ctx.Done():
		}
	}
}

// judge is the verdict that holds after a session ended with err; nil: another
// one may be opened.
func (l *life) judge(err error) *verdict {
	if v := l.bench.reached.Load(); v != nil {
		return v
	}
	if v := verdictOf(err); v != nil {
		return l.bench.pass(v)
	}
	return nil
}

func (l *life) conclude(v *verdict) {
	l.log.Error("this node has stopped for good", "state", v.phase, "index", v.index, "revision", v.revision, "error", v.err, "entry", v.dump)
	l.phases.conclude(v.phase, v.Error())
	l.hooks.concluded()
}

// pause waits before the next attempt; false: the life is over.
func (l *life) pause(d time.Duration, err error) bool {
	if l.ctx.Err() != nil {
		return false
	}
	l.log.Warn("the backend's session ended", "error", err, "next attempt in", d)
	l.why = err.Error()
	l.phases.enter(PhaseBackoff, l.why)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// end stops the life and waits for it.
func (l *life) end() {
	l.stop()
	<-l.done
}
