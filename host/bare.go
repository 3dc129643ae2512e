package host

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// Bare is a metadata.Store over a state alone: no backend, no envelope, nothing
// kept. Stories and tools run on it. Many goroutines may use it; writes take
// turns.
type Bare struct {
	nouns
	core *bareCore
}

// NewBare returns an empty one. Options as for Open.
func NewBare(opts ...Option) *Bare {
	seams := newSeams(opts)
	core := &bareCore{now: seams.now, newID: seams.newID, soft: newWatermarks(), feed: newFeed()}
	core.state.Store(metadata.Genesis())
	return &Bare{nouns: nouns{core}, core: core}
}

// View is the latest state.
func (b *Bare) View() *metadata.State { return b.core.state.Load() }

type bareCore struct {
	now   func() time.Time
	newID func() [16]byte
	soft  *watermarks
	feed  *feed
	mu    sync.Mutex // one write at a time
	state atomic.Pointer[metadata.State]
}

func (b *bareCore) id() [16]byte { return b.newID() }

func (b *bareCore) watermarks() *watermarks { return b.soft }

func (b *bareCore) present(context.Context) (*metadata.State, error) { return b.state.Load(), nil }

func (b *bareCore) shut() error { return nil }

func (b *bareCore) builds() []Node { return []Node{announced(Config{NodeID: ownBuild})} }

func (b *bareCore) write(ctx context.Context, ev *eventpb.Event, o metadata.WriteOptions) (metadata.Result, request, error) {
	if err := ctx.Err(); err != nil {
		return metadata.Result{}, request{id: o.RequestID}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	state := b.state.Load()
	req := stamp(ev, o, b.newID, state.Revision(), b.now().UnixMilli())
	if o.ValidateOnly {
		res := state.Check(ev)
		return res, req, refusal(res)
	}
	res, err := b.apply(state, ev)
	if err != nil {
		return metadata.Result{}, req, err
	}
	return res, req, refusal(res)
}

// apply takes ev through the bytes it would have in a log.
func (b *bareCore) apply(state *metadata.State, ev *eventpb.Event) (metadata.Result, error) {
	data, err := metadata.Encode(ev)
	if err != nil {
		return metadata.Result{}, err
	}
	decoded, err := metadata.Decode(data)
	if err != nil {
		return metadata.Result{}, err
	}
	draft := state.Draft()
	res, err := draft.Apply(decoded)
	if err != nil {
		return metadata.Result{}, err
	}
	changes := appendChange(nil, draft, decoded, res)
	b.state.Store(draft.State())
	b.feed.add(changes, b.state.Load().Revision())
	b.feed.broadcast()
	return res, nil
}

func (b *bareCore) local() (*metadata.State, bool, error) { return b.state.Load(), false, nil }

func (b *bareCore) readable(ctx context.Context, revision uint64) error {
	_, _, err := b.read(ctx, metadata.ReadOptions{MinRevision: revision})
	return err
}

func (b *bareCore) ended() <-chan struct{} { return nil }

func (b *bareCore) why() error { return nil }

// read never waits: there is nobody but the caller's own process to write.
func (b *bareCore) read(_ context.Context, o metadata.ReadOptions) (*metadata.State, bool, error) {
	state := b.state.Load()
	if o.MinRevision > state.Revision() {
		return nil, false, &unavailable{why: fmt.Sprintf("revision %d isn't reached; the state is at %d", o.MinRevision, state.Revision())}
	}
	return state, false, nil
}
