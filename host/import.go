package host

import (
	"context"
	"io"

	"github.com/chronik-stream/metalog/metadata"
)

// Import makes the state of this cluster that of a snapshot, and returns its
// revision and digest once it is in place here.
func (s *Store) Import(ctx context.Context, r io.ReadSeeker, progress func(done int64)) (uint64, metadata.Digest, error) {
	panic("not yet")
}
