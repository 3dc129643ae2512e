package plugin

import (
	"time"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// What a host that says nothing is given.
const (
	defaultWindowEntries = 4096
	defaultWindowBytes   = 16 << 20
	defaultApplyStall    = 10 * time.Second
	defaultHeartbeat     = 10 * time.Second
	defaultMaxProposals  = 1024
)

// limits bound one session, on both ends alike.
type limits struct {
	windowEntries int           // messages of one entry, snapshots and restores not yet applied
	windowBytes   int           // of entries not yet applied
	stall         time.Duration // how long a full window may stay full (R17)
	proposals     int           // in flight at once
}

func (l limits) orDefault() limits {
	if l.windowEntries <= 0 {
		l.windowEntries = defaultWindowEntries
	}
	if l.windowBytes <= 0 {
		l.windowBytes = defaultWindowBytes
	}
	if l.stall <= 0 {
		l.stall = defaultApplyStall
	}
	if l.proposals <= 0 {
		l.proposals = defaultMaxProposals
	}
	l.windowBytes = max(l.windowBytes, sdk.MaxEntrySize) // the largest entry must fit alone
	return l
}

func (l limits) hello() *backendpb.Hello {
	return &backendpb.Hello{
		ProtocolMinor: ProtocolMinor,
		WindowEntries: uint32(l.windowEntries), WindowBytes: uint64(l.windowBytes),
		ApplyStallMs: l.stall.Milliseconds(), MaxProposals: uint32(l.proposals),
	}
}

func limitsOf(h *backendpb.Hello) limits {
	return limits{
		windowEntries: int(h.GetWindowEntries()), windowBytes: int(h.GetWindowBytes()),
		stall: time.Duration(h.GetApplyStallMs()) * time.Millisecond, proposals: int(h.GetMaxProposals()),
	}.orDefault()
}
