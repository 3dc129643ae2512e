package inmem

import (
	"context"
	"slices"
	"strconv"

	"github.com/chronik-stream/metalog/sdk"
)

// status is what b's node can know of the cluster and of itself; none once its
// part in it has ended.
func (c *Cluster) status(b *Backend) (s sdk.Status, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.logOf(b).last()
	s = sdk.Status{
		Health: sdk.HealthOK, CommitIndex: last, StoredIndex: last,
		Members: slices.Clone(b.replica.members),
		Details: map[string]string{"term": strconv.FormatUint(b.replica.term, 10)},
	}
	if b.follows {
		s.CanPropose, s.Leader = true, c.leader.node
	} else {
		s.Health, s.Reason = sdk.HealthDegraded, b.whyApart()
	}
	return s, b.phase == running
}

// tell sends the status.
func (b *Backend) tell() {
	if s, ok := b.cluster.status(b); ok {
		b.sm.SetStatus(s)
	}
}

// reportStatus sends the status after every change of it; two changes at once
// may become one report.
func (b *Backend) reportStatus(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.report:
			b.tell()
		}
	}
}
