package metadata

import (
	"fmt"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewSetFeatureLevel is SetFeatureLevel as an event. A host proposes none that a
// member of its cluster doesn't support: it would stop that one.
func NewSetFeatureLevel(spec FeatureLevelSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_SetFeatureLevel{SetFeatureLevel: &eventpb.SetFeatureLevel{Level: spec.Level}}}
}

type setFeatureLevel struct{ m *eventpb.SetFeatureLevel }

func (c setFeatureLevel) encode(e *encoder) { e.uint(uint64(c.m.GetLevel())) }

func (c setFeatureLevel) check(s *State) *refusal {
	if level := c.m.GetLevel(); level < s.featureLevel {
		return refuse(CodeInvalidRequest, "the cluster is at feature level %d, and can't go back to %d", s.featureLevel, level)
	}
	return nil
}

func (c setFeatureLevel) apply(d *Draft) (Response, *refusal) {
	d.state.featureLevel = c.m.GetLevel()
	return Response{}, nil
}

// halts is why a node that runs this build must stop before c (G8); nil: it
// needn't.
func halts(c command) error {
	if f, ok := c.(setFeatureLevel); ok && f.m.GetLevel() > supportedLevel {
		return fmt.Errorf("%w: feature level %d, and this build knows levels up to %d; upgrade the node", ErrHalt, f.m.GetLevel(), supportedLevel)
	}
	return nil
}
