package host

import (
	"context"

	"github.com/chronik-stream/metalog/sdk"
)

// Compact has the backend drop the entries that a snapshot of this node covers.
// sdk.ErrUnsupported if it doesn't claim to.
func (s *Store) Compact(ctx context.Context) error {
	sess := s.current()
	if sess == nil {
		return &unavailable{whyNotOpen, s.bench.err()}
	}
	c, ok := sdk.As[sdk.Compacter](sess.backend)
	if !ok {
		return unclaimed(sess, sdk.CanCompact, "compact on demand")
	}
	return c.Compact(ctx)
}
