package sdk

import (
	"context"
	"encoding/json"
)

// ReadBarrierer makes linearizable reads cheap.
type ReadBarrierer interface {
	// ReadBarrier returns nil once every entry that was delivered on any node
	// before the call began has been handed to the state machine here, as an
	// entry or within a Restore (R15). It works on every node (R11).
	ReadBarrier(ctx context.Context) error
}

// Transferer hands leadership to another member.
type Transferer interface {
	// TransferLeadership returns when node leads; an empty node lets the
	// backend choose one.
	TransferLeadership(ctx context.Context, node string) error
}

// Membership changes who belongs to the cluster, one member at a time. A
// change is refused with ReasonConflict unless the members are expected, in any
// order; nil expects nothing.
type Membership interface {
	AddLearner(ctx context.Context, m Peer, expected []string) error
	AddVoter(ctx context.Context, m Peer, expected []string) error
	Promote(ctx context.Context, node string, expected []string) error
	Remove(ctx context.Context, node string, expected []string) error
}

// Compacter drops the entries that a snapshot covers.
type Compacter interface {
	// Compact takes a snapshot and returns when the space is free for reuse.
	Compact(ctx context.Context) error
}

// Inspector reads a stopped directory: read-only, no network, no state kept.
type Inspector interface {
	// Inspect hands the directory's latest snapshot to sm.Restore, then every
	// stored entry above it to sm.Apply. It is called instead of Open.
	Inspect(ctx context.Context, cfg Config, sm StateMachine) error
}

// ConfigValidator checks a backend's own settings without opening anything. It
// needs no claim.
type ConfigValidator interface {
	// ValidateConfig names the field that is wrong in Error.Field. Options are
	// Config.Options; nil: all defaults. Guard asks it at each Open.
	ValidateConfig(options json.RawMessage) error
}
