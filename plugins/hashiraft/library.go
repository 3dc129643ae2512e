package hashiraft

import (
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// poolSize is how many idle connections to a member are kept.
const poolSize = 3

// peerTimeout bounds one request to a follower. One carries at most
// MaxAppendEntries entries of at most 1 MiB each.
func (o Options) peerTimeout() time.Duration {
	return min(max(10*time.Duration(o.HeartbeatTimeout), 2*time.Second), 10*time.Second)
}

// library is the options as the library takes them. DESIGN.md gives the reason
// for each.
func (o Options) library(node string, log hclog.Logger) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(node)
	c.HeartbeatTimeout = time.Duration(o.HeartbeatTimeout)
	c.ElectionTimeout = time.Duration(o.ElectionTimeout)
	c.LeaderLeaseTimeout = time.Duration(o.HeartbeatTimeout) / 2
	c.CommitTimeout = time.Duration(o.CommitTimeout)
	c.MaxAppendEntries = o.MaxAppendEntries
	c.SnapshotInterval = time.Duration(o.SnapshotInterval)
	c.SnapshotThreshold = uint64(o.SnapshotEntries)
	c.TrailingLogs = uint64(o.TrailingEntries)
	c.ShutdownOnRemove = false // a session ends when its host says so
	c.Logger = log
	c.NoLegacyTelemetry = true
	return c
}
