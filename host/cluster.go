package host

import (
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
)

// FeatureLevel is metadata.ClusterStore's.
func (n nouns) FeatureLevel(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[uint32], error) {
	return get(ctx, n, opts, func(s *metadata.State) (uint32, error) { return s.FeatureLevel(), nil })
}

// SetFeatureLevel is metadata.ClusterStore's. A level that a member's build
// doesn't know is refused here: committed, it would stop that node.
func (n nouns) SetFeatureLevel(ctx context.Context, spec metadata.FeatureLevelSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	state, err := n.seam.present(ctx)
	if err != nil {
		return metadata.Written{}, err
	}
	for _, m := range n.seam.builds() {
		if m.FeatureMax < spec.Level {
			return metadata.Written{}, &metadata.Error{
				Code: metadata.CodeUnsupportedVersion, Revision: state.Revision(),
				Message: fmt.Sprintf("%s supports feature levels up to %d, not %d: upgrade it first", m.NodeID, m.FeatureMax, spec.Level),
			}
		}
	}
	return n.written(ctx, metadata.NewSetFeatureLevel(spec), opts)
}

// ResetClock is metadata.ClusterStore's.
func (n nouns) ResetClock(ctx context.Context, spec metadata.ClockSpec, opts ...metadata.WriteOption) (metadata.Written, error) {
	return n.written(ctx, metadata.NewResetClock(spec), opts)
}
