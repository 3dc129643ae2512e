package contract

import (
	"context"
	"errors"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

func replicatedCuts() []trial.Case {
	cut := []trial.Need{trial.NeedPartition}
	return []trial.Case{
		{
			ID: "REP-015", Title: "a follower is cut off", Rule: "R8, R11", Needs: cut, Run: onThree(followerCut),
			Promise: "A node that is cut off acknowledges nothing and is given nothing that the others don't have; the others go on.",
		},
		{
			ID: "REP-016", Title: "the leader is cut off", Rule: "R8, R11", Needs: cut, Run: onThree(leaderCut),
			Promise: "A leader without a majority acknowledges nothing; the others find another, and all agree again.",
		},
		{
			ID: "REP-017", Title: "what was acknowledged on a node before it was cut off", Rule: "R8", Needs: cut, Run: onThree(acknowledgedThenCut),
			Promise: "An acknowledged entry is a majority's, not the property of the node that took it.",
		},
		{
			ID: "REP-018", Title: "every node is alone", Rule: "R8, R11", Needs: cut, Run: onThree(allAlone),
			Promise: "Without a majority anywhere Propose answers an error within its deadline, and nothing is delivered.",
		},
		{
			ID: "REP-019", Title: "leaders are cut off under load, three times", Rule: "R8, R11", Needs: cut, Run: onThree(leadersCut),
			Promise: "Whatever the network does, what is acknowledged is delivered once, and what is refused never.",
		},
		{
			ID: "REP-020", Title: "what a node says that is cut off", Rule: "R10", Needs: cut, Run: onThree(cutStatus),
			Promise: "A status comes at every change: a node without a majority says that it can't propose, and when it can again.",
		},
		{
			ID: "REP-021", Title: "proposals on a node that knows no leader", Rule: "R11", Needs: cut, Run: onThree(withoutLeader),
			Promise: "Where no leader is known Propose answers NO_QUORUM, so that its caller may try again elsewhere.",
		},
	}
}

func followerCut(c *cluster) { c.cutOff(c.follower()) }
func leaderCut(c *cluster)   { c.cutOff(c.leader()) }

// cutOff keeps a node from the others, and lets it back.
func (c *cluster) cutOff(node string) {
	c.writes(5, "before", c.up...)
	c.settle()
	c.cut([]string{node}, c.others(node))
	c.refused(node)
	c.writes(10, "majority", c.others(node)...)
	c.refused(node)
	c.nothingNew(node)
	c.heal()
	c.write(node, "back")
	c.settle()
}

func acknowledgedThenCut(c *cluster) {
	for _, node := range []string{"n1", "n2", "n3"} {
		kept := c.write(node, "kept")
		c.cut([]string{node}, c.others(node))
		other := c.other(node)
		c.write(other, "majority")
		c.await(other, kept+", acknowledged on node "+node+" before it was cut off", func(*trial.Machine) bool { return c.has(other, kept) })
		c.heal()
		c.leader()
	}
	c.settle()
}

func allAlone(c *cluster) {
	c.writes(5, "before", c.up...)
	c.settle()
	c.cut([]string{"n1"}, []string{"n2"}, []string{"n3"})
	for _, node := range c.up {
		c.refused(node)
	}
	for _, node := range c.up {
		c.nothingNew(node)
	}
	c.heal()
	c.writes(5, "after", c.up...)
	c.settle()
}

func leadersCut(c *cluster) {
	for range 3 {
		c.load()
		leader := c.leader()
		witness := c.other(leader)
		c.flow(witness)
		c.cut([]string{leader}, c.others(leader))
		c.flow(witness)
		c.heal()
		c.leader()
		c.rest()
	}
	c.settle()
}

func cutStatus(c *cluster) {
	for _, node := range []string{c.leader(), c.follower()} {
		c.cut([]string{node}, c.others(node))
		c.await(node, "a status that it can't propose, after it was cut off", func(m *trial.Machine) bool { return !m.Status().CanPropose })
		c.leaderAmong(c.others(node))
		c.heal()
		c.leader()
	}
	c.settle()
}

// withoutLeader waits for the answer: until a node notices that it is cut off it
// may call outcomes unknown.
func withoutLeader(c *cluster) {
	node := c.follower()
	c.cut([]string{node}, c.others(node))
	c.await(node, "a status without a leader, after it was cut off", func(m *trial.Machine) bool { return !m.Status().CanPropose })
	c.retry("node "+node+" knows no leader, and answers no proposal with NO_QUORUM", func(ctx context.Context) error {
		err := c.offers.Propose(ctx, c.session(node), c.name("cut-"+node))
		switch {
		case err == nil:
			c.failf("node %s acknowledged a proposal without a majority (R8, R11)", node)
		case !errors.Is(err, sdk.ErrNoQuorum):
			return err
		}
		return nil
	})
	c.heal()
	c.settle()
}
