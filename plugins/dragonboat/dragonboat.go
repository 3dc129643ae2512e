package dragonboat

import (
	"context"
	"encoding/json"

	"github.com/lni/vfs"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// What plugin.Spec says of the backend. Name and DataFormat are written to the
// directory's IDENTITY.
const (
	Name       = "dragonboat"
	Version    = "0.1.0"
	DataFormat = 1
)

// Claims returns what the backend can do.
func Claims() sdk.Claims {
	return sdk.Claims{
		sdk.Durable, sdk.Replicated, sdk.Snapshots,
		sdk.CanReadBarrier, sdk.CanTransfer, sdk.CanMembership, sdk.CanCompact, sdk.CanInspect,
	}
}

// Backend is one session of one node. It is also what its claims stand for, an
// sdk.Informer, sdk.Lifetime and sdk.ConfigValidator.
type Backend struct {
	*membership.Life[*session]

	seam seams
}

// seams are what a test may put in the place of the real thing.
type seams struct {
	disk func(vfs.FS) vfs.FS // what snapshots are written to; nil: the disk as it is
}

var (
	_ sdk.Backend         = (*Backend)(nil)
	_ sdk.Informer        = (*Backend)(nil)
	_ sdk.Lifetime        = (*Backend)(nil)
	_ sdk.ReadBarrierer   = (*Backend)(nil)
	_ sdk.Transferer      = (*Backend)(nil)
	_ sdk.Membership      = (*Backend)(nil)
	_ sdk.Compacter       = (*Backend)(nil)
	_ sdk.Inspector       = (*Backend)(nil)
	_ sdk.ConfigValidator = (*Backend)(nil)
)

// New returns a backend that hasn't been opened.
func New() sdk.Backend { return &Backend{Life: membership.NewLife[*session]()} }

// Info describes the backend.
func (b *Backend) Info() sdk.Info {
	return sdk.Info{Name: Name, Version: Version, DataFormat: DataFormat, Claims: Claims()}
}

// ValidateConfig checks the options and nothing else.
func (b *Backend) ValidateConfig(options json.RawMessage) error {
	_, err := parseOptions(options)
	return err
}

// Open checks the whole directory, takes the peer port and starts the node. It
// waits for no other: nodes of a cluster start one after the other.
func (b *Backend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	return b.Begin(func() (*session, error) { return start(ctx, cfg, sm, b.seam) })
}
