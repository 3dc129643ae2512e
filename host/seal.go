package host

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// SealStatus is where a cluster was sealed.
type SealStatus struct {
	Target   string          // where its state has moved to
	Revision uint64          // the last one; no write comes after it until an unseal
	Digest   metadata.Digest // of the state there
}

// Seal makes every node of the cluster refuse writes (metadata.ErrSealed) and name
// target, and returns once that is so on this node: every write that was or will be
// acknowledged anywhere has a revision up to the one returned. Reads go on. A
// second seal changes the target.
func (s *Store) Seal(ctx context.Context, target string) (SealStatus, error) {
	panic("not yet")
}

// Unseal lifts a seal, if there is one.
func (s *Store) Unseal(ctx context.Context) error {
	panic("not yet")
}
