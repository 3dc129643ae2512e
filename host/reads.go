package host

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// reader answers reads from memory. Any goroutine may use it.
type reader struct {
	board      *board
	phases     *phases
	bench      *bench
	rounds     *rounds
	replicated atomic.Bool // the backend has other nodes: linearizable reads must ask it
}

// read is seam's. A local read loads two words.
func (r *reader) read(ctx context.Context, o metadata.ReadOptions) (state *metadata.State, stale bool, err error) {
	if o.Linearizable {
		if err := r.barrier(ctx); err != nil {
			return nil, false, err
		}
	}
	state, stale, err = r.local()
	if err != nil || o.MinRevision <= state.Revision() {
		return state, stale, err
	}
	if !r.board.wait(ctx, r.phases.over, o.MinRevision) {
		return nil, false, r.unreached(ctx, o.MinRevision)
	}
	return r.local()
}

// local is the latest state, if it may be read.
func (r *reader) local() (state *metadata.State, stale bool, err error) {
	v, stale, err := r.latest()
	if err != nil {
		return nil, false, err
	}
	return v.state, stale, nil
}

// latest is the latest view, if it may be read. Half an import is no state.
func (r *reader) latest() (v *view, stale bool, err error) {
	mode := serving(r.phases.serving.Load())
	if mode == servingNothing || mode == servingRefused {
		return nil, false, r.refuse()
	}
	if v = r.board.latest.Load(); v.half != nil {
		return nil, false, halfRead(v.half.bytes)
	}
	return v, mode == servingStale, nil
}

// readable is watchable's: what is read before that could be older than what the
// caller has seen elsewhere.
func (r *reader) readable(ctx context.Context, revision uint64) error {
	if err := r.waitReady(ctx); err != nil {
		return err
	}
	if !r.board.wait(ctx, r.phases.over, revision) {
		return r.unreached(ctx, revision)
	}
	_, _, err := r.local()
	return err
}

func (r *reader) ended() <-chan struct{} { return r.phases.over }

func (r *reader) why() error {
	if r.bench.err() != nil {
		return r.refuse()
	}
	return &unavailable{"this node was closed", nil}
}

// refuse says why there is nothing to read here.
func (r *reader) refuse() error {
	if err := r.bench.err(); err != nil {
		return &unavailable{"this node has stopped for good", err}
	}
	st, _ := r.phases.report()
	return &unavailable{"this node is " + string(st.State) + " and doesn't know yet what exists; try again in a moment", nil}
}

func (r *reader) unreached(ctx context.Context, revision uint64) error {
	return &unavailable{
		fmt.Sprintf("revision %d hasn't come here; the node is at %d", revision, r.board.latest.Load().state.Revision()),
		context.Cause(ctx),
	}
}

// barrier returns once everything that was acknowledged anywhere before is
// here. While there is no session it waits for one.
func (r *reader) barrier(ctx context.Context) error {
	if err := r.waitReady(ctx); err != nil {
		return err
	}
	if !r.replicated.Load() {
		return nil
	}
	for {
		err := r.rounds.join(ctx, r.phases.over)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errSessionOver) {
			return &unavailable{"the backend can't say whether this node is up to date; a local read may be stale", err}
		}
	}
}

// serve learns from a session what its backend claims.
func (r *reader) serve(s *session) { r.replicated.Store(s.info.Claims.Has(sdk.Replicated)) }

// waitReady returns once the node has been ready.
func (r *reader) waitReady(ctx context.Context) error {
	select {
	case <-r.phases.ready:
		return nil
	case <-r.phases.over:
		return r.refuse()
	case <-ctx.Done():
		return &unavailable{"this node isn't ready yet", context.Cause(ctx)}
	}
}
