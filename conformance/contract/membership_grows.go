package contract

import (
	"github.com/chronik-stream/metalog/conformance/trial"
)

const membershipRule = "Membership of package sdk"

func membershipGrows() []trial.Case {
	kill := []trial.Need{trial.NeedKill, trial.NeedLasting}
	return []trial.Case{
		{
			ID: "MEM-001", Title: "a learner is added", Rule: membershipRule, Run: onThree(learnerAdded),
			Promise: "A learner gets every entry, from the first on, and every node knows it as a learner.",
		},
		{
			ID: "MEM-002", Title: "a learner is away, and a voter too", Rule: membershipRule, Needs: kill, Run: onThree(learnerAway),
			Promise: "A learner has no vote: no majority needs it.",
		},
		{
			ID: "MEM-003", Title: "a learner is left with one of two voters", Rule: membershipRule, Needs: kill, Run: onThree(learnerIsNoQuorum),
			Promise: "A learner has no vote: it makes no majority.",
		},
		{
			ID: "MEM-004", Title: "a learner is promoted", Rule: membershipRule, Needs: kill, Run: onThree(learnerPromoted),
			Promise: "A promoted member is a voter: majorities are counted with it.",
		},
		{
			ID: "MEM-005", Title: "a voter is added", Rule: membershipRule, Run: onThree(voterAdded),
			Promise: "A voter that is added gets every entry, and proposals work on it.",
		},
		{
			ID: "MEM-006", Title: "a dead member is replaced by a fresh one", Rule: membershipRule, Needs: kill, Run: onThree(memberReplaced),
			Promise: "A member that is gone for good can be replaced, and the new one counts as the old one did.",
		},
		{
			ID: "MEM-007", Title: "a member is added, promoted, and another removed, all under load", Rule: "R8, " + membershipRule, Run: onThree(changesUnderLoad),
			Promise: "While members change, what is acknowledged is delivered once, and what is refused never.",
		},
	}
}

func learnerAdded(c *cluster) {
	c.writes(10, "before", c.up...)
	c.addLearner()
	c.start("n4")
	c.membersAre(voters("n1", "n2", "n3").withLearner("n4"))
	c.writes(5, "after", c.up...)
	c.settle()
}

func learnerAway(c *cluster) {
	c.addLearner()
	c.start("n4")
	c.writes(3, "before", c.up...)
	c.kill("n4")
	away := c.follower()
	c.kill(away)
	c.writes(10, "without", c.up...)
	c.reopen(away)
	c.reopen("n4")
	c.settle()
}

func learnerIsNoQuorum(c *cluster) {
	c.addLearner()
	c.start("n4")
	c.remove("n3")
	c.membersAre(voters("n1", "n2").withLearner("n4"))
	c.settle()
	c.kill("n2")
	c.refused("n1")
	c.refused("n4")
	c.nothingNew("n1")
	c.nothingNew("n4")
	c.reopen("n2")
	c.settle()
}

func learnerPromoted(c *cluster) {
	c.addLearner()
	c.start("n4")
	c.delivered("n4", "learned")
	c.promote()
	c.membersAre(voters("n1", "n2", "n3", "n4"))
	c.settle()
	c.kill("n1")
	c.writes(5, "three of four", c.up...)
	c.settle()
	c.kill("n2")
	c.refused("n3")
	c.refused("n4")
	c.reopen("n1")
	c.reopen("n2")
	c.settle()
}

func voterAdded(c *cluster) {
	c.writes(10, "before", c.up...)
	c.addVoter()
	c.start("n4")
	c.membersAre(voters("n1", "n2", "n3", "n4"))
	c.writes(5, "after", c.up...)
	c.settle()
}

func memberReplaced(c *cluster) {
	c.writes(10, "before", c.up...)
	dead := c.follower()
	c.kill(dead)
	c.do("removing "+dead, remove(dead))
	c.addVoter()
	c.start("n4")
	c.membersAre(voters(c.up...))
	c.writes(5, "replaced", c.up...)
	c.settle()
	away := c.follower()
	c.kill(away)
	c.writes(5, "two of three", c.up...)
	c.reopen(away)
	c.settle()
}

func changesUnderLoad(c *cluster) {
	c.load()
	c.flow("n1")
	c.addLearner()
	c.start("n4")
	c.flow("n4")
	c.promote()
	c.flow("n4")
	c.remove(c.follower())
	c.flow("n4")
	c.membersAre(voters(c.up...))
	c.settle()
}
