package contract

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

func membershipShrinks() []trial.Case {
	return []trial.Case{
		{
			ID: "MEM-008", Title: "a follower is removed", Rule: membershipRule, Run: onThree(followerRemoved),
			Promise: "A member can be removed, every other node knows, and the cluster goes on.",
		},
		{
			ID: "MEM-009", Title: "the leader is removed", Rule: membershipRule, Run: onThree(leaderRemoved),
			Promise: "A leader can be removed: another takes over, and nothing acknowledged is lost.",
		},
		{
			ID: "MEM-010", Title: "what a removed node is given, and may propose", Rule: "R8, " + membershipRule, Run: onThree(removedNode),
			Promise: "A removed node is given nothing further, and what is proposed on it is NOT_APPENDED.",
		},
		{
			ID: "MEM-011", Title: "a removed node is opened again", Rule: "R16", Needs: []trial.Need{trial.NeedLasting}, Run: onThree(removedNodeAgain),
			Promise: "A removed node doesn't come back under its old identity: it is refused as WRONG_DATA.",
		},
	}
}

func followerRemoved(c *cluster) {
	c.writes(5, "before", c.up...)
	c.remove(c.follower())
	c.membersAre(voters(c.up...))
	c.writes(10, "after", c.up...)
	c.settle()
}

func leaderRemoved(c *cluster) {
	c.writes(5, "before", c.up...)
	c.remove(c.leader())
	c.writes(10, "after", c.up...)
	c.leader()
	c.membersAre(voters(c.up...))
	c.settle()
}

func removedNode(c *cluster) {
	c.writes(5, "before", c.up...)
	gone := c.follower()
	c.remove(gone)
	after := c.delivered(c.other(), "after")
	c.writes(10, "later", c.up...)
	c.refusedFor(gone)
	c.settle()
	if c.err == nil && c.has(gone, after) {
		c.failf("node %s was given %s, which was proposed after it had been removed", gone, after)
	}
}

// refusedFor says that a proposal on node comes to be answered NOT_APPENDED; until
// it knows of its removal, it may call the outcome unknown.
func (c *cluster) refusedFor(node string) {
	c.retryFor(learning*c.stage.Patience, "node "+node+" was removed, and refuses no proposal as NOT_APPENDED", func(ctx context.Context) error {
		data := c.name("removed")
		switch err := c.offers.Propose(ctx, c.session(node), data); {
		case err == nil:
			c.failf("node %s acknowledged %s after it had been removed (R8)", node, data)
			return nil
		case errors.Is(err, sdk.ErrNotAppended):
			return nil
		default:
			return err
		}
	})
}

// learning is how many times the patience a removed node may take to learn of it: no
// one of the others tells it.
const learning = 3

func removedNodeAgain(c *cluster) {
	c.writes(5, "before", c.up...)
	gone := c.follower()
	c.remove(gone)
	c.writes(5, "after", c.up...)
	if c.err != nil {
		return
	}
	c.forget()
	c.check(c.refusesOld(gone))
	c.settle()
}

// refusesOld opens node, which has been removed. It may take a node its first
// word with the others to learn that: then its session ends by itself.
func (c *cluster) refusesOld(node string) error {
	session, err := c.stage.Open(c.ctx, node, c.machine(node))
	if err == nil {
		for range learning {
			if err = session.AwaitEnd(c.ctx); err == nil {
				break
			}
		}
		err = errors.Join(err, session.Ended())
		session.Forget(c.ctx)
	}
	if !errors.Is(err, sdk.ErrWrongData) {
		return fmt.Errorf("node %s was removed, and opened again under its old identity: that isn't refused as WRONG_DATA (R16): %w", node, err)
	}
	return nil
}
