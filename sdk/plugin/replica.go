package plugin

import (
	"context"
	"runtime/debug"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// replica is the author's backend and how far its life has come. It is opened
// or inspected once, and closed once if it was opened.
type replica struct {
	spec Spec

	mu      sync.Mutex
	used    bool // Open or Inspect has been called
	closed  bool // Close has been called
	cancel  context.CancelFunc
	settled chan struct{} // closed when Open or Inspect has returned; nil before it began
	open    sdk.Backend   // set while it may be called
}

func newReplica(spec Spec) *replica { return &replica{spec: spec} }

func refused(message string) error {
	return &sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended, Message: message}
}

// start claims the one life of the backend. The returned settle must be called.
func (r *replica) start(ctx context.Context) (context.Context, func(sdk.Backend), error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, refused("the backend is closed")
	}
	if r.used {
		return nil, nil, refused("the backend was opened before: one process, one life")
	}
	r.used, r.settled = true, make(chan struct{})
	ctx, r.cancel = context.WithCancel(ctx)
	return ctx, r.settle, nil
}

func (r *replica) settle(open sdk.Backend) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = open
	r.cancel()
	close(r.settled)
}

// ready returns the backend while it is open.
func (r *replica) ready() (sdk.Backend, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil || r.closed {
		return nil, refused("the backend is not open")
	}
	return r.open, nil
}

func (r *replica) closing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// finish lets no further call in, ends an Open under way and returns the
// backend to close; nil if nothing was opened.
func (r *replica) finish(ctx context.Context) (sdk.Backend, error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, refused("the backend is closed")
	}
	r.closed = true
	settled := r.settled
	if r.cancel != nil {
		r.cancel()
	}
	r.mu.Unlock()
	if settled == nil {
		return nil, nil
	}
	select {
	case <-settled:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open, nil
}

func stack() string { return string(debug.Stack()) }
