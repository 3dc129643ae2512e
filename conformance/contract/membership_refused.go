package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

func membershipRefused() []trial.Case {
	kill := []trial.Need{trial.NeedKill, trial.NeedLasting}
	return []trial.Case{
		{
			ID: "MEM-012", Title: "changes that expect other members", Rule: membershipRule, Run: onThree(expectsOthers),
			Promise: "A change is refused with CONFLICT unless the members are expected, and then nothing has changed.",
		},
		{
			ID: "MEM-013", Title: "two changes that expect the same members", Rule: membershipRule, Run: onThree(twoChanges),
			Promise: "Of two changes that expect the same members one is made.",
		},
		{
			ID: "MEM-014", Title: "changes that don't fit the members", Rule: membershipRule, Run: onThree(unfitting),
			Promise: "To add a member again, or to promote or remove what isn't one, is a CONFLICT that changes nothing.",
		},
		{
			ID: "MEM-015", Title: "the last voter is removed", Rule: membershipRule, Nodes: 1, Run: onNodes(1, lastVoter),
			Promise: "The last voter can't be removed, and goes on.",
		},
		{
			ID: "MEM-016", Title: "a change without a majority", Rule: "R11, " + membershipRule, Needs: kill, Run: onThree(changeWithoutMajority),
			Promise: "Without a majority no change of members is made, and the call answers within its deadline.",
		},
	}
}

func expectsOthers(c *cluster) {
	c.do("adding learner n4, expecting the members that there are", addLearner(c.join("n4"), "n3", "n1", "n2"))
	c.start("n4")
	before := voters("n1", "n2", "n3").withLearner("n4")
	c.membersAre(before)
	fifth := c.join("n5")
	c.conflicts("adding learner n5, expecting the members of before", addLearner(fifth, "n1", "n2", "n3"))
	c.conflicts("adding voter n5, expecting one that isn't there", addVoter(fifth, "n1", "n2", "n3", "n4", "n5"))
	c.conflicts("promoting n4, expecting the members of before", promote("n4", "n1", "n2", "n3"))
	c.conflicts("removing n3, expecting it gone already", remove("n3", "n1", "n2", "n4"))
	c.settle()
	c.membersAre(before)
	c.do("promoting n4, expecting the members that there are", promote("n4", "n4", "n3", "n2", "n1"))
	c.membersAre(voters("n1", "n2", "n3", "n4"))
	c.settle()
}

func twoChanges(c *cluster) {
	peers := []sdk.Peer{c.join("n4"), c.join("n5")}
	since := c.office()
	if c.err != nil {
		return
	}
	errs := make([]error, len(peers))
	var wg sync.WaitGroup
	for i, p := range peers {
		wg.Go(func() {
			errs[i] = c.session(since.leader).Change(c.ctx, "adding learner "+p.NodeID, addLearner(p, "n1", "n2", "n3"))
		})
	}
	wg.Wait()
	neither := fmt.Errorf("neither n4 nor n5 was added: %w", errors.Join(errs...))
	switch {
	case slices.ContainsFunc(errs, trial.IsHang):
		c.check(errors.Join(errs...))
	case errs[0] == nil && errs[1] == nil:
		c.failf("n4 and n5 were both added, each expecting the members n1, n2, n3")
	case errs[0] == nil:
		c.joinedOneOf("n4")
	case errs[1] == nil:
		c.joinedOneOf("n5")
	case errors.Is(errs[0], sdk.ErrConflict) && errors.Is(errs[1], sdk.ErrConflict):
		c.check(neither)
	default:
		c.check(c.askAgain("adding learner n4", addLearner(peers[0], "n1", "n2", "n3"), since, neither))
		c.joinedOneOf("n4", "n5")
	}
	c.settle()
}

// joinedOneOf waits until the members of three nodes are those and one learner more.
func (c *cluster) joinedOneOf(learners ...string) {
	c.among(fmt.Sprintf("one of %v as the only learner in the status of each of %v", learners, c.up), c.up, func() bool {
		return slices.ContainsFunc(learners, func(learner string) bool {
			return c.members(voters("n1", "n2", "n3").withLearner(learner))
		})
	})
}

func unfitting(c *cluster) {
	c.conflicts("adding n2, a voter, as a learner", addLearner(sdk.Peer{NodeID: "n2"}))
	c.conflicts("adding n2, a voter, as a voter", addVoter(sdk.Peer{NodeID: "n2"}))
	c.conflicts("promoting n2, a voter", promote("n2"))
	c.conflicts("promoting n4, which is no member", promote("n4"))
	c.conflicts("removing n4, which is no member", remove("n4"))
	c.settle()
	c.membersAre(voters("n1", "n2", "n3"))
}

func lastVoter(c *cluster) {
	c.conflicts("removing n1, the last voter", remove("n1"))
	c.writes(3, "after", "n1")
	c.settle()
	c.membersAre(voters("n1"))
}

func changeWithoutMajority(c *cluster) {
	c.settle()
	peer := c.join("n4")
	c.kill("n1")
	c.kill("n2")
	if c.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, moment)
	defer cancel()
	err := c.session("n3").Change(ctx, "adding learner n4", addLearner(peer))
	switch {
	case err == nil:
		c.failf("n4 was added with one of three voters there")
	case trial.IsHang(err):
		c.check(err)
	}
	c.reopen("n1")
	c.reopen("n2")
	c.settle()
	if errors.Is(err, sdk.ErrNotAppended) {
		c.membersAre(voters("n1", "n2", "n3"))
	}
}
