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
// is of no use.
func (s *Store) Snapshot(ctx context.Context, w io.Writer, o SnapshotOptions) (SavedSnapshot, error) {
	panic("not yet")
}
