package dragonboat

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/lni/vfs"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// What plugin.Spec says of the backend. Name and DataFormat are written to the
// directory's IDENTITY.
const (
	Name       = "dragonboat"
	Version    = "0.1.0"
	DataFormat = 1
)

// Claims returns what the backend can do.
func Claims() sdk.Claims {
	return sdk.Claims{
		sdk.Durable, sdk.Replicated, sdk.Snapshots,
		sdk.CanReadBarrier, sdk.CanTransfer, sdk.CanMembership, sdk.CanCompact, sdk.CanInspect,
	}
}

// Backend is one session of one node. It is also what its claims stand for, an
// sdk.Informer, sdk.Lifetime and sdk.ConfigValidator.
type Backend struct {
	seam seams
	done chan struct{} // closed when the session is over and everything is released

	mu      sync.Mutex // guards what follows
	used    bool
	session *session // nil before Open, and for good if that failed
	err     error
}

// seams are what a test may put in the place of the real thing.
type seams struct {
	disk func(vfs.FS) vfs.FS // what snapshots are written to; nil: the disk as it is
}

var (
	_ sdk.Backend         = (*Backend)(nil)
	_ sdk.Informer        = (*Backend)(nil)
	_ sdk.Lifetime        = (*Backend)(nil)
	_ sdk.ReadBarrierer   = (*Backend)(nil)
	_ sdk.Transferer      = (*Backend)(nil)
	_ sdk.Membership      = (*Backend)(nil)
	_ sdk.Compacter       = (*Backend)(nil)
	_ sdk.Inspector       = (*Backend)(nil)
	_ sdk.ConfigValidator = (*Backend)(nil)
)

// New returns a backend that hasn't been opened.
func New() sdk.Backend { return &Backend{done: make(chan struct{})} }

// Info describes the backend.
func (b *Backend) Info() sdk.Info {
	return sdk.Info{Name: Name, Version: Version, DataFormat: DataFormat, Claims: Claims()}
}

// ValidateConfig checks the options and nothing else.
func (b *Backend) ValidateConfig(options json.RawMessage) error {
	_, err := parseOptions(options)
	return err
}

// Open checks the whole directory, takes the peer port and starts the node. It
// waits for no other: nodes of a cluster start one after the other.
func (b *Backend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used {
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: "opened twice: a backend serves one session, make another"}
	}
	b.used = true
	s, err := start(ctx, cfg, sm, b.seam)
	if err != nil {
		close(b.done)
		return err
	}
	b.session = s
	go b.run(s)
	return nil
}

// run owns the session until it ends.
func (b *Backend) run(s *session) {
	err := s.run()
	b.mu.Lock()
	b.err = err
	b.mu.Unlock()
	close(b.done)
}

// Close hands leadership on, if there is anyone to take it, and ends the
// session. What was committed and not yet delivered comes at the next Open.
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
	s.machine.close()
	s.seat.HandOver(ctx)
	s.end(errOrderly)
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return membership.GaveUp(ctx, "close: the node hasn't come to rest", sdk.Unknown)
	}
}

// errOrderly ends a session that was asked to.
var errOrderly = errors.New("closed")

// Done is closed when the session is over.
func (b *Backend) Done() <-chan struct{} { return b.done }

// Err says why the session ended by itself.
func (b *Backend) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// running returns the session if it is one, with a context that ends with both.
func (b *Backend) running() (*session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == nil || b.session.ctx.Err() != nil {
		return nil, membership.Closed(sdk.NotAppended)
	}
	return b.session, nil
}
