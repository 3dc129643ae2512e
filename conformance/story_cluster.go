package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// set-feature-level LEVEL
func readSetFeatureLevel(s *teller, w *words) write {
	spec := metadata.FeatureLevelSpec{Level: uint32(w.parse(w.next()))}
	return write{
		held: metadata.BatchOperation{SetFeatureLevel: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.SetFeatureLevel(ctx, spec, opts...))
		},
	}
}

func readFeatureLevel(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.FeatureLevel(ctx)
		return shown(got, err, func(level uint32) string { return fmt.Sprintf("feature level %d", level) })
	}
}

// reset-clock +DURATION after the stories' beginning, or Unix milliseconds
func readResetClock(s *teller, w *words) write {
	spec := metadata.ClockSpec{}
	text := w.next()
	if after, ok := strings.CutPrefix(text, "+"); ok {
		spec.ToMS = storyStart.Add(w.duration(after)).UnixMilli()
	} else {
		spec.ToMS = w.parse(text)
	}
	return write{
		held: metadata.BatchOperation{ResetClock: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.ResetClock(ctx, spec, opts...))
		},
	}
}
