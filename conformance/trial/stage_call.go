package trial

import (
	"context"

	"github.com/chronik-stream/metalog/sdk"
)

// Identity is what the directories of the target's nodes are marked with.
func (s *Stage) Identity() sdk.Identity { return identityOf(s.Info) }

// Call is a call of a backend that no Session has a method for, bounded as theirs.
func (s *Stage) Call(ctx context.Context, what string, do func(context.Context) error) error {
	return s.bounded(ctx, what, do)
}
