package contract

import (
	"context"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// onOne plays a case that begins with one node, open and with nothing in it.
func onOne(play func(context.Context, *trial.Stage, *trial.Session) error) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		n, err := s.Start(ctx, "n1")
		if err != nil {
			return err
		}
		return play(ctx, s, n)
	}
}
