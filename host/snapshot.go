package host

import (
	"context"
	"io"

	"github.com/chronik-stream/metalog/metadata"
)

// SnapshotOptions says which state a snapshot is of.
type SnapshotOptions struct {
	Local bool // this node's as it is; else one with every write that was acknowledged before
}

// SavedSnapshot is what Store.Snapshot wrote.
type SavedSnapshot struct {
	Bytes    int64
	Revision uint64
	Digest   metadata.Digest
}

// Snapshot writes a snapshot of the state, as a backend would store it. The state
// goes on meanwhile: applying waits for nothing. After an error what was written
// is of no use; it is w's, ctx's cause, or says as a read's does that there is no
// state to be had here.
func (s *Store) Snapshot(ctx context.Context, w io.Writer, o SnapshotOptions) (SavedSnapshot, error) {
	if !o.Local {
		if err := s.reader.barrier(ctx); err != nil {
			return SavedSnapshot{}, err
		}
	}
	v, _, err := s.reader.latest()
	if err != nil {
		return SavedSnapshot{}, err
	}
	n, err := writeFrame(&patient{ctx, w}, v)
	if err == nil && s.bench.err() != nil {
		err = s.reader.refuse()
	}
	if err != nil {
		return SavedSnapshot{}, err
	}
	return SavedSnapshot{Bytes: n, Revision: v.state.Revision(), Digest: v.state.Digest()}, nil
}

// patient writes until its context ends.
type patient struct {
	ctx context.Context //nolint:containedctx // lives as long as one call
	w   io.Writer
}

func (p *patient) Write(data []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, context.Cause(p.ctx)
	}
	return p.w.Write(data)
}
