package contract

import (
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

func replicatedSnapshots() []trial.Case {
	kill := []trial.Need{trial.NeedKill, trial.NeedLasting}
	snapshots := sdk.Claims{sdk.Snapshots, sdk.CanCompact}
	return []trial.Case{
		{
			ID: "REP-012", Title: "a node comes back to an empty host after the others have compacted", Rule: "R6, R8", Needs: kill,
			Claims: snapshots, Run: onThree(backBySnapshot((*cluster).start)),
			Promise: "A node that missed what the others have compacted is given all of it, as a snapshot that one of them wrote or as entries that are still there.",
		},
		{
			ID: "REP-013", Title: "a node comes back with its host after the others have compacted", Rule: "R5, R6, R7", Needs: kill,
			Claims: snapshots, Run: onThree(backBySnapshot((*cluster).reopen)),
			Promise: "A snapshot replaces the older state of a host that was away, and the log goes on after it.",
		},
		{
			ID: "REP-014", Title: "hosts are ahead of what their nodes deliver again", Rule: "R4, R5, R7", Needs: kill[1:],
			Claims: snapshots, Run: onThree(hostsAhead),
			Promise: "What is delivered again to a host that has it is what it was, and no later snapshot falls behind it.",
		},
		{
			ID: "REP-022", Title: "a follower's host is held while the others compact", Rule: "R1, R5, R9",
			Claims: snapshots, Run: onThree(heldWhileCompacted),
			Promise: "A host that is slow holds no other up, and is given all that it missed: as entries, or as a state.",
		},
	}
}

func backBySnapshot(again func(*cluster, string)) func(*cluster) {
	return func(c *cluster) {
		away := c.follower()
		c.writes(5, "before", c.up...)
		c.kill(away)
		c.writes(20, "without", c.up...)
		c.settle()
		c.compact(c.up...)
		c.writes(5, "above", c.up...)
		again(c, away)
		c.write(away, "back")
		c.settle()
	}
}

// compact has nodes drop what a snapshot covers.
func (c *cluster) compact(nodes ...string) {
	for _, node := range nodes {
		if c.err != nil {
			return
		}
		if err := c.session(node).Compact(c.ctx); err != nil {
			c.failf("Compact on node %s: %w", node, err)
		}
	}
}

func hostsAhead(c *cluster) {
	c.writes(10, "covered", c.up...)
	c.settle()
	c.compact(c.up...)
	c.writes(10, "above", c.up...)
	c.settle()
	for _, node := range []string{"n1", "n2", "n3"} {
		before := c.applied(node)
		c.close(node)
		c.reopen(node)
		c.write(node, "again")
		c.compact(c.up...)
		if after := c.applied(node); after < before {
			c.check(fmt.Errorf("node %s fell from index %d to %d", node, before, after))
		}
	}
	c.settle()
	c.close("n2")
	c.start("n2")
	c.settle()
}

func heldWhileCompacted(c *cluster) {
	held := c.follower()
	c.writes(3, "before", c.up...)
	c.settle()
	release := c.hold(held)
	defer release()
	c.writes(20, "meanwhile", c.others(held)...)
	c.await(held, "a delivery to its host, which is held", func(m *trial.Machine) bool { return m.Counts().Held > 0 })
	for _, node := range c.others(held) {
		c.delivered(node, "covered")
	}
	c.compact(c.others(held)...)
	c.writes(3, "above", c.others(held)...)
	release()
	c.settle()
}

func (c *cluster) applied(node string) uint64 {
	if c.err != nil {
		return 0
	}
	return c.machine(node).Applied()
}
