package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// membership is the family of who belongs to a cluster: nodes that come, get a
// vote, and go.
func membership() []trial.Case {
	cases := slices.Concat(membershipGrows(), membershipShrinks(), membershipRefused())
	for i := range cases {
		cases[i].Profile = trial.Membership
		if cases[i].Nodes == 0 {
			cases[i].Nodes = 3
		}
	}
	return cases
}

// roles are members by their names.
type roles map[string]sdk.Role

// voters are the first members of three nodes, and whoever else.
func voters(nodes ...string) roles {
	r := roles{}
	for _, node := range nodes {
		r[node] = sdk.RoleVoter
	}
	return r
}

func (r roles) withLearner(node string) roles {
	r = maps.Clone(r)
	r[node] = sdk.RoleLearner
	return r
}

func rolesOf(s sdk.Status) roles {
	r := roles{}
	for _, m := range s.Members {
		r[m.NodeID] = m.Role
	}
	return r
}

// membersAre waits until every node that is up says so.
func (c *cluster) membersAre(want roles) {
	c.among(fmt.Sprintf("the members %v in the status of each of %v", want, c.up), c.up, func() bool {
		return c.members(want)
	})
}

// members reports whether every node that is up says so.
func (c *cluster) members(want roles) bool {
	return !slices.ContainsFunc(c.up, func(node string) bool { return !maps.Equal(rolesOf(c.machine(node).Status()), want) })
}

// join makes a node that the cluster can add.
func (c *cluster) join(node string) sdk.Peer {
	if c.err != nil {
		return sdk.Peer{}
	}
	j, ok := c.stage.World.(trial.Joiner)
	if !ok {
		c.check(trial.Unable("this target can't make a further node"))
		return sdk.Peer{}
	}
	peer, err := j.Join(node)
	c.check(trial.Harness(err))
	return peer
}

// change is one of the members, asked of the leader.
type change func(context.Context, sdk.Membership) error

func addLearner(p sdk.Peer, expected ...string) change {
	return func(ctx context.Context, m sdk.Membership) error { return m.AddLearner(ctx, p, expected) }
}

func addVoter(p sdk.Peer, expected ...string) change {
	return func(ctx context.Context, m sdk.Membership) error { return m.AddVoter(ctx, p, expected) }
}

func promote(node string, expected ...string) change {
	return func(ctx context.Context, m sdk.Membership) error { return m.Promote(ctx, node, expected) }
}

func remove(node string, expected ...string) change {
	return func(ctx context.Context, m sdk.Membership) error { return m.Remove(ctx, node, expected) }
}

// ask asks the leader for a change and returns what it answered.
func (c *cluster) ask(what string, ch change) error {
	return c.askLeader(c.ctx, func(leader *trial.Session) error { return leader.Change(c.ctx, what, ch) })
}

// do is ask for a change that must succeed. One whose outcome was unknown, since its
// leader fell, is asked for again.
func (c *cluster) do(what string, ch change) {
	since := c.office()
	err := c.ask(what, ch)
	if errors.Is(err, sdk.ErrOutcomeUnknown) {
		err = c.askAgain(what, ch, since, err)
	}
	if err != nil {
		c.failf("%s: %w", what, err)
	}
}

// askAgain is ask for a change of which nobody knows whether it was made, if a change
// of leader excuses that: it has been made if it doesn't fit any more.
func (c *cluster) askAgain(what string, ch change, since office, fault error) error {
	if err := c.excused(since, fault); err != nil {
		return err
	}
	if err := c.ask(what, ch); !errors.Is(err, sdk.ErrConflict) {
		return err
	}
	return nil
}

// addLearner adds a fourth node, n4, which isn't open yet; so does addVoter.
func (c *cluster) addLearner() { c.do("adding learner n4", addLearner(c.join("n4"))) }
func (c *cluster) addVoter()   { c.do("adding voter n4", addVoter(c.join("n4"))) }
func (c *cluster) promote()    { c.do("promoting n4", promote("n4")) }

// remove takes node out, and asks it nothing more. A leader that removes itself
// may be gone before it can say that it has: then its successor is asked.
func (c *cluster) remove(node string) {
	what, since := "removing "+node, c.office()
	err := c.ask(what, remove(node))
	if c.err != nil {
		return
	}
	c.gone(node)
	c.removed = append(c.removed, node)
	if errors.Is(err, sdk.ErrOutcomeUnknown) {
		err = c.askAgain(what, remove(node), since, err)
	}
	if err != nil {
		c.failf("%s: %w", what, err)
	}
}

// conflicts says that a change is refused since it doesn't fit the members.
func (c *cluster) conflicts(what string, ch change) {
	if c.err != nil {
		return
	}
	switch err := c.ask(what, ch); {
	case err == nil:
		c.failf("%s was done, and had to be refused", what)
	case !errors.Is(err, sdk.ErrConflict):
		c.failf("%s was refused, but not as a CONFLICT: %w", what, err)
	}
}
