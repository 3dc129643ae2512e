package inmem

import (
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// TransferLeadership makes node the leader; "" stands for the first other
// voter that is open and within reach. It doesn't wait.
func (b *Backend) TransferLeadership(ctx context.Context, node string) error {
	c := b.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.mayChange(ctx, b, sdk.CanTransfer); err != nil {
		return err
	}
	to, err := c.heir(node)
	if err != nil {
		return err
	}
	if to != c.leader {
		c.lead(to)
		c.settle()
	}
	return nil
}

// heir returns who leads after a transfer to node. c.mu is held.
func (c *Cluster) heir(node string) (*Backend, error) {
	if node != "" {
		return c.serving(node), c.whyNotLead(node)
	}
	for _, m := range c.members {
		if b := c.serving(m.NodeID); b != c.leader && c.canLead(b) {
			return b, nil
		}
	}
	return nil, conflict("no voter but leader %q is open and within reach: open another first", c.leader.node)
}

// whyNotLead refuses a node that the leader can't hand over to. c.mu is held.
func (c *Cluster) whyNotLead(node string) error {
	i := find(c.members, node)
	switch {
	case i < 0:
		return conflict("node %q is no member of this cluster, which has %s", node, names(c.members))
	case c.members[i].Role != sdk.RoleVoter:
		return conflict("node %q is a %s and can't lead: promote it first", node, c.members[i].Role)
	case c.serving(node) == nil:
		return conflict("node %q isn't open: open it first", node)
	case !c.reach(c.leader.node, node):
		return conflict("leader %q doesn't reach node %q: mend the network first", c.leader.node, node)
	}
	return nil
}

// elect keeps the leader while it can lead, or else takes the first member that
// can. c.mu is held.
func (c *Cluster) elect() {
	if c.canLead(c.leader) {
		return
	}
	c.leader = nil
	for _, m := range c.members {
		if b := c.serving(m.NodeID); c.canLead(b) {
			c.lead(b)
			return
		}
	}
}

// lead begins a term. c.mu is held.
func (c *Cluster) lead(b *Backend) {
	c.leader = b
	c.term++
}

// canLead says whether b is the session of a voter that reaches a majority.
// c.mu is held.
func (c *Cluster) canLead(b *Backend) bool {
	return b != nil && b == c.serving(b.node) && c.isVoter(b.node) && c.majority(c.members, b.node)
}

// isVoter says whether node is a member with a vote. c.mu is held.
func (c *Cluster) isVoter(node string) bool {
	i := find(c.members, node)
	return i >= 0 && c.members[i].Role == sdk.RoleVoter
}

// majority says whether a majority of the voters among members serves within
// node's reach. c.mu is held.
func (c *Cluster) majority(members []sdk.Member, node string) bool {
	all, reached := c.voters(members, node)
	return c.grows || 2*reached > all
}

// conflict refuses a change that doesn't fit the cluster as it is.
func conflict(format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonConflict, Outcome: sdk.NotAppended, Message: fmt.Sprintf(format, args...)}
}
