package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// What plugin.Spec says of the backend. Name and DataFormat are written to the
// directory's IDENTITY.
const (
	Name       = "local"
	Version    = "0.1.0"
	DataFormat = 1
)

// Claims returns what the backend can do.
func Claims() sdk.Claims {
	return sdk.Claims{sdk.Durable, sdk.Snapshots, sdk.CanCompact, sdk.CanInspect}
}

// Backend is one session. It is also an sdk.Informer, sdk.Lifetime,
// sdk.Compacter, sdk.Inspector and sdk.ConfigValidator.
type Backend struct {
	queue chan *proposal   // waiting for the committer
	fresh chan []sdk.Entry // committed, waiting for the host
	pins  chan chan pinned // the compactor's requests to the delivery goroutine
	due   chan struct{}    // 1: the log is longer than it may be
	asked chan chan error  // callers of Compact
	shown chan struct{}    // 1: the health has changed
	done  chan struct{}    // closed when the session is over and everything is released

	mu      sync.Mutex // guards what follows
	session *session   // nil before Open, and for good if that failed
	used    bool
	err     error
}

// session is what Open sets up; its fields don't change afterwards.
type session struct {
	*Backend
	dir    string
	opts   Options
	log    *boltlog.Log
	base   snapshotFile // what the host gets first
	stored uint64       // the last index at Open
	sm     sdk.StateMachine
	node   string
	logger *slog.Logger
	over   <-chan struct{} // closed when the goroutines shall end
	stop   context.CancelFunc
	state  gauge
}

// Room on the way of a proposal. A Propose waits for room in the queue.
const (
	queueLength  = 1024
	freshGroups  = 4
	groupEntries = 1024
	groupBytes   = 4 << 20
)

// New returns a backend that hasn't been opened.
func New() sdk.Backend {
	return &Backend{
		queue: make(chan *proposal, queueLength),
		fresh: make(chan []sdk.Entry, freshGroups),
		pins:  make(chan chan pinned),
		due:   make(chan struct{}, 1),
		asked: make(chan chan error),
		shown: make(chan struct{}, 1),
		done:  make(chan struct{}),
	}
}

// Info describes the backend.
func (b *Backend) Info() sdk.Info {
	return sdk.Info{Name: Name, Version: Version, DataFormat: DataFormat, Claims: Claims()}
}

// ValidateConfig checks the options and nothing else.
func (b *Backend) ValidateConfig(options json.RawMessage) error {
	_, err := parseOptions(options)
	return err
}

// Open reads and checks the whole directory before the host gets anything of
// it: the latest snapshot, then every entry above it, whatever has been applied
// already (R4).
func (b *Backend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used {
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: "opened twice: a backend serves one session, make another"}
	}
	b.used = true
	s, err := b.load(cfg)
	if err != nil {
		close(b.done)
		return err
	}
	s.sm = sm
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.over = ctx.Done()
	s.state.set(sdk.HealthOK, "")
	s.state.commit.Store(s.stored)
	s.state.covered.Store(s.base.index)
	s.state.limit.Store(s.longest(s.base))
	b.session = s
	sm.SetStatus(s.status())
	go s.run(ctx)
	return nil
}

func (b *Backend) load(cfg sdk.Config) (*session, error) {
	opts, err := parseOptions(cfg.Options)
	if err != nil {
		return nil, err
	}
	if cfg.Start != sdk.StartRestart {
		if err := boltlog.Ensure(filepath.Join(cfg.DataDir, logName), boltlog.Entries); err != nil {
			return nil, err
		}
	}
	l, base, err := inspectDir(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	s := &session{
		Backend: b, dir: cfg.DataDir, opts: opts, log: l, base: base, stored: l.Last(),
		node: cfg.NodeID, logger: cfg.Logger,
	}
	if err := l.Reopen(); err != nil {
		return nil, err
	}
	if err := removeUnfinished(s.dir); err != nil {
		return nil, errors.Join(boltlog.Opening(s.dir, err), l.Close())
	}
	return s, nil
}

// run owns the session's goroutines. The first error of one ends them all.
func (s *session) run(ctx context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.commit(ctx) })
	g.Go(func() error { return s.deliver(ctx) })
	g.Go(func() error { return s.compact(ctx) })
	g.Go(func() error { return s.report(ctx) })
	err := g.Wait()
	s.stop()
	if err != nil {
		s.logger.Error("the local backend ends its session", "error", err)
		s.state.set(sdk.HealthFailed, err.Error())
		s.sm.SetStatus(s.status())
	}
	if cerr := s.log.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close %s: %w", s.log.Path(), cerr)
	}
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	close(s.done)
}

// Close ends the session. What was committed and not yet delivered comes at
// the next Open.
func (b *Backend) Close(ctx context.Context) error {
	b.mu.Lock()
	s := b.session
	if !b.used {
		b.used = true
		close(b.done)
	}
	b.mu.Unlock()
	if s == nil {
		return nil
	}
	s.stop()
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return gaveUp(ctx, "close: the state machine didn't return", sdk.Unknown)
	}
}

// Done is closed when the session is over.
func (b *Backend) Done() <-chan struct{} { return b.done }

// Err says why the session ended by itself.
func (b *Backend) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

func (b *Backend) current() *session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session
}
