package contract

import (
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

func linearizableFaults() []trial.Case {
	kill := []trial.Need{trial.NeedKill, trial.NeedLasting}
	cut := []trial.Need{trial.NeedPartition}
	return []trial.Case{
		{
			ID: "RBR-009", Title: "barriers right after an election, with nothing written since", Rule: "R11, R15", Needs: kill, Run: onThree(barrierAfterElection),
			Promise: "A new leader passes no barrier before it knows all that was committed before it.",
		},
		{
			ID: "RBR-010", Title: "a barrier right after a start from a snapshot", Rule: "R6, R15", Needs: kill[1:],
			Claims: sdk.Claims{sdk.Snapshots, sdk.CanCompact}, Run: onThree(barrierAfterSnapshot),
			Promise: "What a Restore hands over counts for a barrier as what Apply does.",
		},
		{
			ID: "RBR-011", Title: "barriers right after a change of members", Rule: "R15", Claims: sdk.Claims{sdk.CanMembership}, Run: onThree(barrierAfterChange),
			Promise: "An index that a library spends on a change of members holds no barrier up.",
		},
		{
			ID: "RBR-012", Title: "a barrier on a follower that is cut off", Rule: "R15", Needs: cut, Run: onThree(followerCutReads),
			Promise: "A node that can't know what the others were given passes no barrier.",
		},
		{
			ID: "RBR-013", Title: "a barrier on a leader that is cut off", Rule: "R15", Needs: cut, Run: onThree(leaderCutReads),
			Promise: "A leader passes no barrier when another may lead: what it was given last may be stale.",
		},
		{
			ID: "RBR-014", Title: "a barrier that waits while its node is cut off and comes back", Rule: "R15", Needs: cut, Run: onThree(barrierAcrossCut),
			Promise: "A barrier that passes after a cut has waited for what was delivered before it began.",
		},
		{
			ID: "RBR-015", Title: "reads on all nodes while leaders are killed", Rule: "R11, R15", Needs: kill, Run: onThree(readsAcrossKills),
			Promise: "Reads after barriers are linearizable across changes of leader.",
		},
		{
			ID: "RBR-016", Title: "reads on all nodes while leaders are cut off", Rule: "R11, R15", Needs: cut, Run: onThree(readsAcrossCuts),
			Promise: "Reads after barriers are linearizable, whatever the network does.",
		},
		{
			ID: "RBR-017", Title: "a barrier on a node that was removed", Rule: "R15", Claims: sdk.Claims{sdk.CanMembership}, Run: onThree(removedReads),
			Promise: "A node that is given nothing further passes no barrier.",
		},
	}
}

func barrierAfterElection(c *cluster) {
	for range 2 {
		leader := c.leader()
		data := c.delivered(leader, "old")
		c.kill(leader)
		for _, node := range c.others() {
			c.reads(node, data)
		}
		c.reopen(leader)
		c.reads(leader, data)
	}
	c.settle()
}

func barrierAfterSnapshot(c *cluster) {
	c.writes(10, "covered", c.up...)
	c.settle()
	c.compact(c.up...)
	for _, node := range []string{"n1", "n2", "n3"} {
		c.close(node)
		data := c.delivered(c.other(node), "above")
		c.start(node)
		c.reads(node, data)
		c.leader()
	}
	c.settle()
}

func barrierAfterChange(c *cluster) {
	data := c.delivered(c.leader(), "before")
	c.addLearner()
	for _, node := range c.others() {
		c.reads(node, data)
	}
	c.start("n4")
	c.reads("n4", data)
	c.remove(c.follower())
	for _, node := range c.others() {
		c.reads(node, data)
	}
	c.settle()
}

func followerCutReads(c *cluster) { c.readsCutOff(c.follower()) }
func leaderCutReads(c *cluster)   { c.readsCutOff(c.leader()) }

// readsCutOff asks for barriers on a node that the others have left behind. That
// they have is shown first: until then a leader may trust its lease.
func (c *cluster) readsCutOff(node string) {
	c.reads(node, c.delivered(node, "before"))
	c.cut([]string{node}, c.others(node))
	data := c.delivered(c.other(node), "majority")
	for range 3 {
		c.notPassed(node, "which is cut off and lacks "+data)
	}
	c.heal()
	c.reads(node, data)
	c.settle()
}

// barrierAcrossCut begins a barrier on a node that is cut off. It may be refused;
// only if it passes has it promised anything.
func barrierAcrossCut(c *cluster) {
	node := c.follower()
	c.reads(node, c.delivered(node, "before"))
	c.cut([]string{node}, c.others(node))
	data := c.delivered(c.other(node), "majority")
	waits := c.waiting(node)
	if early, err := waits.early(); c.err == nil && early && err == nil {
		c.failf("node %s, which is cut off and lacks %s, passed a barrier (R15)", node, data)
	}
	c.heal()
	if waits.late() == nil {
		c.holds(node, data)
	}
	c.reads(node, data)
	c.settle()
}

func readsAcrossKills(c *cluster) {
	h := c.readAndWrite()
	for range 2 {
		leader := c.leader()
		witness := c.other(leader)
		c.flow(witness)
		c.kill(leader)
		c.flow(witness)
		c.reopen(leader)
		c.leader()
	}
	h.judge()
	c.settle()
}

func readsAcrossCuts(c *cluster) {
	h := c.readAndWrite()
	for range 2 {
		leader := c.leader()
		witness := c.other(leader)
		c.flow(witness)
		c.cut([]string{leader}, c.others(leader))
		c.flow(witness)
		c.heal()
		c.leader()
	}
	h.judge()
	c.settle()
}

func removedReads(c *cluster) {
	gone := c.follower()
	c.reads(gone, c.delivered(gone, "before"))
	c.remove(gone)
	data := c.delivered(c.other(), "after")
	for range 3 {
		c.notPassed(gone, "which was removed and lacks "+data)
	}
	c.settle()
}
