package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

var (
	_ metadata.Store = (*Store)(nil)
	_ metadata.Store = (*Bare)(nil)
)

// seam is all that the nouns' methods know of what stands behind them.
type seam interface {
	// write stamps ev, applies it and returns its result and the request it was
	// made under, which is filled in after an error too. A refusal is an error.
	write(ctx context.Context, ev *eventpb.Event, o metadata.WriteOptions) (metadata.Result, request, error)
	// read returns a state that keeps what o asks for.
	read(ctx context.Context, o metadata.ReadOptions) (state *metadata.State, stale bool, err error)
	// present is the latest state, once there is one that may be read: what a
	// write is prepared with.
	present(ctx context.Context) (*metadata.State, error)
	// shut is why nothing may be written, or remembered, here; nil: it may.
	shut() error
	// id makes a new one.
	id() [16]byte
	// watermarks are those that were set here.
	watermarks() *watermarks
	// builds are what the cluster's members support.
	builds() []Node
}

// nouns is metadata.Store over a seam.
type nouns struct{ seam seam }

// request is what a write must be repeated with.
type request struct {
	id            metadata.RequestID
	firstRevision uint64
}

// stamp makes ev the request: what o says, completed by newID and by the
// revision that is seen now.
func stamp(ev *eventpb.Event, o metadata.WriteOptions, newID func() [16]byte, seen uint64, ms int64) request {
	req := request{o.RequestID, seen}
	if req.id.IsZero() {
		req.id = newID()
	}
	if o.FirstRevision != nil {
		req.firstRevision = *o.FirstRevision
	}
	ev.RequestId, ev.FirstRevision, ev.TimestampMs = req.id[:], req.firstRevision, ms
	return req
}

// written does a write that answers nothing of its own.
func (n nouns) written(ctx context.Context, ev *eventpb.Event, opts []metadata.WriteOption) (metadata.Written, error) {
	_, w, err := n.result(ctx, ev, opts)
	return w, err
}

func (n nouns) result(ctx context.Context, ev *eventpb.Event, opts []metadata.WriteOption) (metadata.Result, metadata.Written, error) {
	res, req, err := n.seam.write(ctx, ev, metadata.NewWriteOptions(opts))
	return res, metadata.Written{
		RequestID: req.id, FirstRevision: req.firstRevision,
		Revision: res.Revision, Deduplicated: res.Deduplicated,
	}, err
}

// state is the state to read from. Without options nothing is allocated.
func (n nouns) state(ctx context.Context, opts []metadata.ReadOption) (*metadata.State, bool, error) {
	if len(opts) == 0 {
		return n.seam.read(ctx, metadata.ReadOptions{})
	}
	return n.seam.read(ctx, metadata.NewReadOptions(opts))
}

// get is a read of whatever from finds.
func get[T any](ctx context.Context, n nouns, opts []metadata.ReadOption, from func(*metadata.State) (T, error)) (metadata.Read[T], error) {
	s, stale, err := n.state(ctx, opts)
	if err != nil {
		return metadata.Read[T]{}, err
	}
	v, err := from(s)
	return value(s, stale, v, err)
}

// value puts a record and its state together.
func value[T any](s *metadata.State, stale bool, v T, err error) (metadata.Read[T], error) {
	return metadata.Read[T]{Value: v, Revision: s.Revision(), Stale: stale}, err
}
