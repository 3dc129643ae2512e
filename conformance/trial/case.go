package trial

import (
	"context"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// Profile is a set of promises that a backend keeps or doesn't claim.
type Profile string

// Core is asked of everybody; each other profile stands for one claim.
const (
	Core         Profile = "core"
	Durable      Profile = "durable"
	Snapshots    Profile = "snapshots"
	Replicated   Profile = "replicated"
	Linearizable Profile = "linearizable"
	Membership   Profile = "membership"
)

// Profiles lists all, in the order of reports.
func Profiles() []Profile {
	return []Profile{Core, Durable, Snapshots, Replicated, Linearizable, Membership}
}

// Claimed reports whether a backend with these claims is to be held to p.
func (p Profile) Claimed(claims sdk.Claims) bool {
	switch p {
	case Core:
		return true
	case Durable:
		return claims.Has(sdk.Durable)
	case Snapshots:
		return claims.Has(sdk.Snapshots)
	case Replicated:
		return claims.Has(sdk.Replicated)
	case Linearizable:
		return claims.Has(sdk.CanReadBarrier)
	case Membership:
		return claims.Has(sdk.CanMembership)
	}
	return false
}

// Need is something of the harness that not every target or machine has.
type Need string

// What a case may need beside a backend.
const (
	NeedProcess   Need = "process"   // the plugin as a process of its own
	NeedKill      Need = "kill"      // an end without a word, as by SIGKILL
	NeedPartition Need = "partition" // nodes that can be kept from each other
	NeedLasting   Need = "lasting"   // data that outlives the sessions of all nodes
	NeedStrace    Need = "strace"    // system calls that can be watched and made to fail
	NeedDirectory Need = "directory" // a data directory with something in it
	NeedCluster   Need = "cluster"   // several nodes; asked of every case that has them
)

// Case is one promise put to the test. It is a value: many runs may share it.
type Case struct {
	ID      string // FAMILY-nnn; never renamed, never used again for another promise
	Title   string // what is done
	Promise string // the sentence of the contract that a failure breaks
	Rule    string // where that stands: R1 to R18 of the plugin contract, or a document
	Profile Profile
	Claims  sdk.Claims // needed beyond the profile's own
	Needs   []Need
	Nodes   int           // 0: one
	Timeout time.Duration // for all of it; 0: what Limit chooses

	// Run plays the case. Nil: the promise held. A Harness error: it couldn't be
	// judged. Any other error: it was broken, and the text says how.
	Run func(ctx context.Context, s *Stage) error
}

// DefaultTimeout is how long a case may take that doesn't say otherwise, and
// nodesTimeout one of several nodes: a process and an election take seconds where
// the machine is busy. No backend is judged by it, only by Setting.Patience.
const (
	DefaultTimeout = 2 * time.Minute
	nodesTimeout   = 4 * time.Minute
)

// Family is the first part of the ID.
func (c Case) Family() string {
	family, _, _ := strings.Cut(c.ID, "-")
	return family
}

// NodeCount is how many nodes the case is played on.
func (c Case) NodeCount() int { return max(1, c.Nodes) }

// Limit is how long the case may take.
func (c Case) Limit() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	if c.NodeCount() > 1 {
		return nodesTimeout
	}
	return DefaultTimeout
}
