package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// transfer is the family of leadership that is handed on.
func transfer() []trial.Case {
	const rule = "Transferer of package sdk"
	cases := []trial.Case{
		{
			ID: "TRF-001", Title: "leadership is handed to each node in turn", Rule: rule, Run: onThree(transferTo),
			Promise: "TransferLeadership returns when the node leads, and every node says so.",
		},
		{
			ID: "TRF-002", Title: "leadership is handed to whoever can take it", Rule: rule, Run: onThree(transferAway),
			Promise: "With no node named the backend chooses another leader.",
		},
		{
			ID: "TRF-003", Title: "leadership is handed on under load", Rule: "R8, " + rule, Run: onThree(transferUnderLoad),
			Promise: "While leadership is handed on, what is acknowledged is delivered once, and what is refused never.",
		},
		{
			ID: "TRF-004", Title: "leadership for a node that doesn't exist", Rule: rule, Run: onThree(transferToNobody),
			Promise: "A transfer to what is no member is refused by name, and the cluster goes on.",
		},
		{
			ID: "TRF-005", Title: "leadership for a node that is away", Rule: rule, Run: onThree(transferToDead),
			Needs:   []trial.Need{trial.NeedKill, trial.NeedLasting},
			Promise: "A transfer to a node that can't take it is an error, and the cluster goes on.",
		},
		{
			ID: "TRF-006", Title: "leadership for a learner", Rule: rule, Claims: sdk.Claims{sdk.CanMembership}, Run: onThree(transferToLearner),
			Promise: "A member without a vote can't be made the leader.",
		},
	}
	for i := range cases {
		cases[i].Profile, cases[i].Nodes = trial.Replicated, 3
		cases[i].Claims = append(cases[i].Claims, sdk.CanTransfer)
	}
	return cases
}

// transfer has the leader hand over to node, and returns what it answered.
func (c *cluster) transfer(ctx context.Context, node string) error {
	return c.askLeader(ctx, func(leader *trial.Session) error { return leader.Transfer(ctx, node) })
}

// transferred has it done. A backend may have to be asked again, when its leader had
// changed by itself, or the other node hadn't caught up; and what it gave up may have
// been done.
func (c *cluster) transferred(node string) {
	before, asked := c.leader(), false
	c.retry("leadership wasn't handed to node "+strconv.Quote(node), func(ctx context.Context) error {
		if leader := c.leader(); asked && (leader == node || node == "" && leader != before) {
			return nil
		}
		asked = true
		err := c.transfer(ctx, node)
		if errors.Is(err, sdk.ErrConflict) {
			c.failf("handing leadership to node %q: %w", node, err)
			return nil
		}
		return err
	})
}

// handOn hands leadership to node, or to whoever can take it, until each has named
// the heir. An heir may lose its office by itself before all have heard of it: then
// it is handed on again.
func (c *cluster) handOn(to string) {
	var err error
	for range 3 {
		since := c.office()
		if c.err != nil || since.leader == to {
			return
		}
		heirs := []string{to}
		if to == "" {
			heirs = c.others(since.leader)
		}
		c.transferred(to)
		if err = c.namedByAll(since, heirs); err == nil {
			break
		}
	}
	c.check(err)
	c.leader()
}

// namedByAll waits until each node has named one of heirs as the leader since.
func (c *cluster) namedByAll(since office, heirs []string) error {
	if c.err != nil {
		return nil
	}
	heir := func(leader string) bool { return slices.Contains(heirs, leader) }
	what := fmt.Sprintf("one of %v as the leader in a status of each of %v", heirs, c.up)
	return c.comes(what, c.up, func() bool {
		return !slices.ContainsFunc(c.up, func(node string) bool { return !slices.ContainsFunc(c.named(node, since), heir) })
	})
}

func transferTo(c *cluster) {
	for range 2 {
		for _, node := range []string{"n1", "n2", "n3"} {
			c.handOn(node)
			c.writes(2, "led by "+node, c.up...)
		}
	}
	c.settle()
}

func transferAway(c *cluster) {
	c.handOn("")
	c.writes(2, "after", c.up...)
	c.settle()
}

// transferUnderLoad hands leadership on while all nodes are written to. What is
// told to be done must be; a transfer may fail under load, but not all of them.
func transferUnderLoad(c *cluster) {
	c.load()
	done, failures := 0, []error(nil)
	for _, node := range []string{"n1", "n2", "n3", "n1", "n2", "n3"} {
		c.flow(node)
		if c.leader() == node {
			continue
		}
		if err := c.transfer(c.ctx, node); err != nil {
			failures = append(failures, err)
		} else {
			done++
		}
	}
	if done == 0 {
		c.failf("no transfer was done: %w", errors.Join(failures...))
	}
	c.flow("n1")
	c.settle()
}

func transferToNobody(c *cluster) { c.notTransferred("n9", "no member") }

func transferToLearner(c *cluster) {
	c.addLearner()
	c.start("n4")
	c.notTransferred("n4", "a learner")
}

// notTransferred says that leadership isn't handed to node. Who else leads may change
// by itself.
func (c *cluster) notTransferred(node, what string) {
	switch err := c.transfer(c.ctx, node); {
	case c.err != nil:
		return
	case err == nil:
		c.failf("leadership was handed to node %s, which is %s", node, what)
	case !errors.Is(err, sdk.ErrConflict) || !strings.Contains(err.Error(), node):
		c.failf("a transfer to node %s, which is %s, was refused, but not as a CONFLICT that names it: %w", node, what, err)
	}
	c.writes(2, "after", c.up...)
	if after := c.leader(); c.err == nil && after == node {
		c.failf("node %s, which is %s, leads after a transfer to it was refused", node, what)
	}
	c.settle()
}

func transferToDead(c *cluster) {
	away := c.follower()
	c.kill(away)
	ctx, cancel := c.within(c.ctx)
	defer cancel()
	if err := c.transfer(ctx, away); c.err == nil && err == nil {
		c.failf("leadership was handed to node %s, which is away", away)
	}
	c.writes(3, "without", c.up...)
	c.reopen(away)
	c.write(away, "back")
	c.settle()
}
