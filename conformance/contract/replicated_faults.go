package contract

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

func replicatedFaults() []trial.Case {
	kill := []trial.Need{trial.NeedKill, trial.NeedLasting}
	return []trial.Case{
		{
			ID: "REP-004", Title: "a follower is killed, and comes back with its host", Rule: "R1, R4, R11", Needs: kill,
			Run:     onThree(followerAway((*cluster).reopen)),
			Promise: "A majority goes on without a follower, which catches up when it is back.",
		},
		{
			ID: "REP-005", Title: "a follower is killed, and comes back to an empty host", Rule: "R1, R4, R11", Needs: kill,
			Run:     onThree(followerAway((*cluster).start)),
			Promise: "A host that has nothing is given the whole log, from the first entry.",
		},
		{
			ID: "REP-006", Title: "the leader is killed", Rule: "R8, R11", Needs: kill, Run: onThree(leaderKilled),
			Promise: "When the leader is gone another takes over, and nothing acknowledged is lost or comes twice.",
		},
		{
			ID: "REP-007", Title: "the leader is killed under load, three times", Rule: "R8, R11", Needs: kill, Run: onThree(leadersKilled),
			Promise: "What is acknowledged while leaders fall is delivered once, what is refused never, what is unknown at most once.",
		},
		{
			ID: "REP-008", Title: "a rolling restart under load", Rule: "R8, R11, R12", Needs: kill[1:], Run: onThree(rollingRestart),
			Promise: "Nodes can be closed and opened one after the other while the others are written to.",
		},
		{
			ID: "REP-009", Title: "all nodes are closed and opened", Rule: "R1, R4", Needs: kill[1:], Run: onThree(allAgain((*cluster).close)),
			Promise: "After all nodes were closed the same log is there, with the same indexes.",
		},
		{
			ID: "REP-010", Title: "all nodes are killed and opened", Rule: "R3, R8", Needs: kill, Claims: sdk.Claims{sdk.Durable},
			Run:     onThree(allAgain((*cluster).kill)),
			Promise: "What was acknowledged survives the end of every node at once.",
		},
		{
			ID: "REP-011", Title: "two of three nodes are killed", Rule: "R8, R11", Needs: kill, Run: onThree(majorityKilled),
			Promise: "Without a majority Propose answers an error within its deadline, and nothing is delivered.",
		},
	}
}

func followerAway(again func(*cluster, string)) func(*cluster) {
	return func(c *cluster) {
		away := c.follower()
		c.writes(10, "before", c.up...)
		c.kill(away)
		c.writes(10, "without", c.up...)
		again(c, away)
		c.write(away, "back")
		c.settle()
	}
}

func leaderKilled(c *cluster) {
	leader := c.leader()
	c.writes(10, "before", c.up...)
	c.kill(leader)
	c.writes(10, "without", c.up...)
	c.leader()
	c.reopen(leader)
	c.write(leader, "back")
	c.settle()
}

func leadersKilled(c *cluster) {
	for range 3 {
		c.load()
		leader := c.leader()
		witness := c.other(leader)
		c.flow(witness)
		c.kill(leader)
		c.flow(witness)
		c.reopen(leader)
		c.leader()
		c.rest()
	}
	c.settle()
}

func rollingRestart(c *cluster) {
	c.load()
	for _, node := range []string{"n1", "n2", "n3"} {
		c.flow(c.other(node))
		c.close(node)
		c.flow(c.other(node))
		c.reopen(node)
		c.leader()
	}
	c.settle()
}

func allAgain(end func(*cluster, string)) func(*cluster) {
	return func(c *cluster) {
		c.writes(20, "before", c.up...)
		c.settle()
		for _, node := range []string{"n1", "n2", "n3"} {
			end(c, node)
		}
		c.reopen("n1")
		c.start("n2")
		c.start("n3")
		c.writes(5, "after", c.up...)
		c.settle()
	}
}

func majorityKilled(c *cluster) {
	c.writes(5, "before", c.up...)
	c.settle()
	c.kill("n1")
	c.kill("n2")
	c.refused("n3")
	c.nothingNew("n3")
	c.reopen("n1")
	c.reopen("n2")
	c.writes(5, "after", c.up...)
	c.settle()
}

// refused says that a node without a majority acknowledges nothing. What it
// answers is held against what becomes of the entry when the majority is back.
func (c *cluster) refused(node string) {
	if c.err != nil {
		return
	}
	for range 3 {
		data := c.name("cut-" + node)
		ctx, cancel := context.WithTimeout(c.ctx, moment)
		begin := time.Now()
		err := c.offers.Propose(ctx, c.session(node), data)
		cancel()
		switch {
		case err == nil:
			c.failf("node %s acknowledged %s without a majority (R8, R11)", node, data)
		case trial.IsHang(err):
			c.failf("node %s, without a majority: Propose came back after %v, with a deadline of %v: %w", node, time.Since(begin), moment, err)
		}
	}
}

// nothingNew says that a node without a majority was given nothing of what
// refused has proposed on it. What comes of that later is for settle to judge.
func (c *cluster) nothingNew(node string) {
	if c.err != nil {
		return
	}
	for _, e := range c.machine(node).Entries() {
		if writer, _ := numbered(e); writer == "cut-"+node+"-" {
			c.failf("node %s was given %s at index %d while it had no majority: it isn't committed", node, trial.Show(e.Data), e.Index)
			return
		}
	}
}
