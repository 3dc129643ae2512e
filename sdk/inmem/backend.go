package inmem

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

var (
	_ sdk.Backend         = (*Backend)(nil)
	_ sdk.Informer        = (*Backend)(nil)
	_ sdk.Lifetime        = (*Backend)(nil)
	_ sdk.ReadBarrierer   = (*Backend)(nil)
	_ sdk.Transferer      = (*Backend)(nil)
	_ sdk.Membership      = (*Backend)(nil)
	_ sdk.Compacter       = (*Backend)(nil)
	_ sdk.ConfigValidator = (*Backend)(nil)
)

// Backend is one session of a node: an sdk.Backend that is also an
// sdk.Informer, sdk.Lifetime, sdk.ConfigValidator, and what its cluster claims.
type Backend struct {
	cluster *Cluster
	node    string // set by Open where Cluster.Backend didn't
	sm      sdk.StateMachine

	wake   chan struct{} // 1: there may be work
	report chan struct{} // 1: the status may have changed
	done   chan struct{} // closed when both goroutines are gone
	stop   context.CancelCauseFunc

	// Guarded by cluster.mu.
	phase     phase
	replica   *replica // its node's
	follows   bool     // it gets what is committed
	removed   bool     // it has heard that its node is no member any more
	delivered uint64
	barriers  []*barrier
	pins      []*pin
	err       error
}

type phase uint8

const (
	idle phase = iota
	running
	halted // on its way to ended
	ended
)

func newBackend(c *Cluster, node string) *Backend {
	return &Backend{
		cluster: c, node: node,
		wake: make(chan struct{}, 1), report: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// Info says what inmem is.
func (b *Backend) Info() sdk.Info {
	return sdk.Info{Name: "inmem", Version: "1.0.0", DataFormat: 1, Claims: b.cluster.claims}
}

// Open joins the cluster. Nothing of cfg counts but NodeID, which must be the
// node that the session was made for, and Options, which must be empty.
func (b *Backend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if err := b.ValidateConfig(cfg.Options); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	if err := b.cluster.join(b, cfg.NodeID, stop); err != nil {
		stop(nil)
		return err
	}
	b.sm = sm
	b.tell()
	go b.run(ctx)
	return nil
}

// Propose appends data to the log, which commits it, if this node reaches the
// leader. It never waits.
func (b *Backend) Propose(ctx context.Context, data []byte) error {
	if len(data) > sdk.MaxEntrySize {
		return &sdk.Error{
			Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("an entry of %d bytes: at most %d are allowed", len(data), sdk.MaxEntrySize),
		}
	}
	if err := ctx.Err(); err != nil {
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: "given up before it was proposed", Err: err}
	}
	c := b.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.mayPropose(b); err != nil {
		return err
	}
	if f, ok := c.faultsOf(b.node).takePropose(); ok {
		if f.appended {
			c.append(data)
		}
		return f.err
	}
	c.append(data)
	return nil
}

// Compact takes a snapshot of this node's host and drops the entries that it
// covers, for every node that follows the leader if this one does.
func (b *Backend) Compact(ctx context.Context) error {
	p, err := b.pin(ctx)
	if err != nil {
		return err
	}
	defer p.snapshot.Release()
	var buf bytes.Buffer
	if _, err := p.snapshot.WriteTo(&buf); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	return b.cluster.compact(b, p.index, buf.Bytes())
}

// Close ends the session. Entries of the log stay for the next one.
func (b *Backend) Close(ctx context.Context) error {
	b.cluster.mu.Lock()
	never := b.phase == idle
	if never {
		b.phase = ended
	}
	b.cluster.halt(b, nil)
	b.cluster.mu.Unlock()
	if never {
		close(b.done)
		return nil
	}
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return &sdk.Error{Reason: sdk.ReasonTimeout, Message: "the state machine didn't return", Err: ctx.Err()}
	}
}

// Done is closed when the session has ended, by Close or by itself.
func (b *Backend) Done() <-chan struct{} { return b.done }

// Err says why the session ended by itself.
func (b *Backend) Err() error {
	b.cluster.mu.Lock()
	defer b.cluster.mu.Unlock()
	return b.err
}

// run owns the session's goroutines: it delivers, and has a second one report.
func (b *Backend) run(ctx context.Context) {
	var reporter sync.WaitGroup
	reporter.Go(func() { b.reportStatus(ctx) })
	err := b.deliver(ctx)
	b.stop(err)
	reporter.Wait()
	b.cluster.leave(b, err)
	close(b.done)
}

// errClosed is honest as NotAppended: Propose never waits, so a session that
// has ended has taken nothing.
func errClosed() error {
	return &sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended, Message: "the session has ended"}
}
