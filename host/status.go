package host

import (
	"cmp"
	"time"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Phase is where a Store is in its life.
type Phase string

// A Store goes from starting to ready and back again for as long as its backend
// can be opened. Failed, halted and quarantined are for good; so is stopped.
const (
	PhaseStarting    Phase = "starting"    // a backend is being started
	PhaseOpening     Phase = "opening"     // it reads its data directory
	PhaseRecovering  Phase = "recovering"  // the first barrier hasn't come back
	PhaseReady       Phase = "ready"       // reads and writes
	PhaseDegraded    Phase = "degraded"    // ready, but Reason says what is wrong
	PhaseBackoff     Phase = "backoff"     // the session is over; the next attempt waits
	PhaseDraining    Phase = "draining"    // Close has begun
	PhaseStopped     Phase = "stopped"     // closed
	PhaseFailed      Phase = "failed"      // another attempt can't help
	PhaseHalted      Phase = "halted"      // an entry couldn't be applied
	PhaseQuarantined Phase = "quarantined" // the other nodes' digests say that this state is wrong
)

// Status is a Store at one moment, for people and for probes.
type Status struct {
	ClusterID string
	NodeID    string

	State  Phase
	Since  time.Time // of State
	Ready  bool      // it serves reads: an entry of this node has come back within the last minute, and no import is half done
	Reason string    // what is wrong, or what is waited for; empty if nothing is

	Revision     uint64
	Digest       metadata.Digest
	LastMS       int64 // time of the last event, in Unix milliseconds
	FeatureLevel uint32
	Counts       metadata.Counts
	AppliedIndex uint64 // the backend's; not comparable between backends

	SealedTo  string // where the state has moved to; empty: the cluster isn't sealed
	Importing int64  // bytes of an import that isn't complete; 0: none

	LastBack time.Time // when an entry of this node last came back; zero: never
	Queued   int       // writes that wait to be proposed
	Waiting  int       // writes that wait for their answer, queued ones among them

	Backend sdk.Status // as the backend said last
	Plugin  Plugin
	Nodes   []Node // that have announced themselves, by id
}

// Plugin is the backend's process, or the backend itself if it has none.
type Plugin struct {
	sdk.Info
	State    string // running, or stopped between two sessions
	Restarts int    // sessions opened after the first
}

// Node is what a node has announced of itself.
type Node struct {
	NodeID     string
	APIAddress string
	Version    string
	FeatureMin uint32
	FeatureMax uint32
}

// lively is how recently an entry of its own must have come back to a node that
// calls itself ready.
const lively = time.Minute

// Status is the node as it is now. It waits for nothing.
func (s *Store) Status() Status {
	st, sess := s.life.phases.report()
	v := s.board.latest.Load()
	st.ClusterID, st.NodeID = s.cfg.ClusterID, s.cfg.NodeID
	st.Revision, st.Digest, st.LastMS = v.state.Revision(), v.state.Digest(), v.state.LastMS()
	st.FeatureLevel, st.Counts = v.state.FeatureLevel(), v.state.Counts()
	st.AppliedIndex, st.Nodes = v.index, v.directory.nodes()
	st.SealedTo, st.Importing = v.seal, v.half.size()
	st.Queued, st.Waiting = s.writer.queue.len(), s.writer.waiters.len()
	st.LastBack = s.peers.lastSeen()
	if sess != nil {
		st.Plugin.Info = sess.info
		if b := sess.status.Load(); b != nil {
			st.Backend = *b
			st.ClusterID = cmp.Or(b.ClusterID, st.ClusterID)
		}
	}
	s.judgeHealth(&st)
	return st
}

// judgeHealth says whether a ready node is as well as it should be.
func (s *Store) judgeHealth(st *Status) {
	if st.State != PhaseReady {
		return
	}
	st.Ready = true
	switch late := s.peers.late(); {
	case st.Importing > 0:
		st.State, st.Reason, st.Ready = PhaseDegraded, whyHalf(st.Importing), false
	case st.Backend.Health == sdk.HealthDegraded:
		st.State, st.Reason = PhaseDegraded, cmp.Or(st.Backend.Reason, "the backend says so, without a reason")
	case late != "":
		st.State, st.Reason = PhaseDegraded, late
	case s.seams.now().Sub(st.LastBack) > lively:
		st.State, st.Ready = PhaseDegraded, false
		st.Reason = "no entry of this node has come back for over a minute"
	case st.SealedTo != "":
		st.State, st.Reason = PhaseDegraded, "sealed: its state has moved to "+st.SealedTo+", and writes are refused"
	}
}
