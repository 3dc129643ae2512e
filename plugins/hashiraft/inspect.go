package hashiraft

import (
	"context"

	"github.com/chronik-stream/metalog/sdk"
)

// Inspect reads.
func (b *Backend) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	return sdk.ErrUnsupported
}
