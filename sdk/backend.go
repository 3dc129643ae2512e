package sdk

import (
	"context"
	"io"
)

// MaxEntrySize is the largest entry in bytes: the largest event (1 MiB) and
// its envelope (R18). A constant of the protocol, not a setting.
const MaxEntrySize = 1<<20 + 64<<10

// Backend replicates opaque entries. One instance serves one session: it is
// opened once, closed once, and never opened again.
type Backend interface {
	// Open starts the replica on cfg.DataDir. sm is usable at once: entries
	// and restores may be delivered before Open returns, and until Close
	// returns.
	//
	// An error of a terminal reason (see Reason.Terminal) says that trying
	// again can't help; after any error nothing is left running or locked.
	Open(ctx context.Context, cfg Config, sm StateMachine) error

	// Propose offers data for replication. Nil: it is committed, as durably as
	// the backend claims, and it will be delivered here, by Apply or within a
	// Restore, maybe later. What it did is known only from there.
	//
	// An *Error with NotAppended: data will never be delivered anywhere. Any
	// other error: it may be, even after a restart (R8).
	//
	// Many goroutines may call Propose at once. It doesn't keep or change data.
	Propose(ctx context.Context, data []byte) error

	// Close leaves leadership, flushes and releases everything: when it
	// returns, a successor may open the same directory and ports (R12). The
	// host makes a blocked StateMachine.Apply return first. Called once; without an
	// Open, or after one that failed, there is nothing to do, and it returns at once.
	Close(ctx context.Context) error
}

// StateMachine is the host as a backend sees it. Apply, Snapshot and Restore
// are called by one goroutine at a time, in log order.
//
// An error from any of them ends the session: the backend reports no success
// to its library and stops calling, since the process is about to exit.
type StateMachine interface {
	// Apply hands over committed entries, their index strictly increasing over
	// the whole session; gaps are allowed (R1). It blocks while the host's
	// window is full (R9). Data belongs to the callee from here on: the caller
	// neither changes nor reuses it.
	Apply(ctx context.Context, entries ...Entry) error

	// Snapshot pins a state that is not older than the last Apply, and returns
	// at once (R5).
	Snapshot(ctx context.Context) (Snapshot, error)

	// Restore replaces the state by one that some node's Snapshot once wrote,
	// byte for byte (R6), and returns when it is in place. A host that is
	// already past it skips it.
	Restore(ctx context.Context, r io.Reader) error

	// SetStatus tells the host of every change of leader, membership or health.
	// Any goroutine may call it, at any time between Open and Close; it doesn't
	// block.
	SetStatus(Status)
}

// Entry is one committed piece of the log.
type Entry struct {
	Index uint64 // the backend's own position; strictly increasing, at least 1
	Data  []byte // exactly what was proposed (R2); may be empty

	// Uncommitted is set by an Inspector only: stored, but not known to be
	// committed.
	Uncommitted bool
}

// Snapshot is a pinned state of the host.
type Snapshot interface {
	// WriteTo writes the state's bytes, once. Apply may go on meanwhile.
	io.WriterTo
	// Release ends the pin. Always called, once, read or not (R6).
	Release()
}

// Lifetime is a backend that can end by itself, as one in its own process can.
type Lifetime interface {
	// Done is closed when the backend is gone, however it went.
	Done() <-chan struct{}
	// Err says why; nil before Done and after an orderly Close.
	Err() error
}
