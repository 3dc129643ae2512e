package dragonboat

import (
	"github.com/lni/dragonboat/v4/raftio"
)

// events are the library's, from one goroutine that may not wait. All but who leads is
// looked into elsewhere.
type events struct {
	leader  func(number uint64) // who leads from now on; 0: nobody is known to
	members func()              // the members have changed
	changed func()              // anything else that the status shows
}

var (
	_ raftio.IRaftEventListener   = events{}
	_ raftio.ISystemEventListener = events{}
)

// LeaderUpdated is told of every election. What the library answers when it is asked
// who leads may be a moment older.
func (e events) LeaderUpdated(info raftio.LeaderInfo) { e.leader(info.LeaderID) }

// MembershipChanged is told of every change of members that has been applied.
func (e events) MembershipChanged(raftio.NodeInfo) { e.members() }

// NodeReady is told when the replica is up.
func (e events) NodeReady(raftio.NodeInfo) { e.changed() }

// NodeDeleted is told when this node was removed.
func (e events) NodeDeleted(raftio.NodeInfo) { e.changed() }

// NodeUnloaded is told when the replica is down.
func (e events) NodeUnloaded(raftio.NodeInfo) { e.changed() }

// SnapshotCreated is told of a snapshot of this node's.
func (e events) SnapshotCreated(raftio.SnapshotInfo) { e.changed() }

// SnapshotRecovered is told of a snapshot that the host has, with members of its own.
func (e events) SnapshotRecovered(raftio.SnapshotInfo) { e.members() }

// What follows changes nothing that is shown.

// NodeHostShuttingDown is of no interest.
func (events) NodeHostShuttingDown() {}

// ConnectionEstablished is of no interest.
func (events) ConnectionEstablished(raftio.ConnectionInfo) {}

// ConnectionFailed is of no interest.
func (events) ConnectionFailed(raftio.ConnectionInfo) {}

// SendSnapshotStarted is of no interest.
func (events) SendSnapshotStarted(raftio.SnapshotInfo) {}

// SendSnapshotCompleted is of no interest.
func (events) SendSnapshotCompleted(raftio.SnapshotInfo) {}

// SendSnapshotAborted is of no interest.
func (events) SendSnapshotAborted(raftio.SnapshotInfo) {}

// SnapshotReceived is of no interest.
func (events) SnapshotReceived(raftio.SnapshotInfo) {}

// SnapshotCompacted is of no interest.
func (events) SnapshotCompacted(raftio.SnapshotInfo) {}

// LogCompacted is of no interest.
func (events) LogCompacted(raftio.EntryInfo) {}

// LogDBCompacted is of no interest.
func (events) LogDBCompacted(raftio.EntryInfo) {}
