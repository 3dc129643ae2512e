package inmem

import (
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// Partition cuts the network: nodes reach each other only within a group, a
// node in none is alone, one in several belongs to the last. It replaces an
// earlier cut. A node that doesn't reach the leader gets nothing that is
// committed from here on. Without named voters it is the present leader's side
// that goes on.
func (c *Cluster) Partition(groups ...[]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut, c.group = true, map[string]int{}
	for i, g := range groups {
		for _, node := range g {
			c.group[node] = i
		}
	}
	c.settle()
}

// Heal ends Partition. Nodes that were cut off get what they missed, by the
// snapshot if its entries are gone.
func (c *Cluster) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut, c.group = false, nil
	c.settle()
}

// reach says whether two nodes reach each other. c.mu is held.
func (c *Cluster) reach(a, b string) bool {
	if a == b || !c.cut {
		return true
	}
	inA, okA := c.group[a]
	inB, okB := c.group[b]
	return okA && okB && inA == inB
}

// serving returns the session of a member that takes part. c.mu is held.
func (c *Cluster) serving(node string) *Backend {
	for _, b := range c.open {
		if b.node == node && b.phase == running && c.isMember(b) {
			return b
		}
	}
	return nil
}

// isMember tells a session from one of before its node was removed. c.mu is
// held.
func (c *Cluster) isMember(b *Backend) bool { return c.replicas[b.node] == b.replica }

// voters counts those among members, and those of them that serve within
// node's reach. c.mu is held.
func (c *Cluster) voters(members []sdk.Member, node string) (all, reached int) {
	for _, m := range members {
		if m.Role != sdk.RoleVoter {
			continue
		}
		all++
		if c.serving(m.NodeID) != nil && c.reach(node, m.NodeID) {
			reached++
		}
	}
	return all, reached
}

// settle works out who leads and who follows, after any change of sessions,
// members or reach. c.mu is held.
func (c *Cluster) settle() {
	c.elect()
	for _, b := range c.open {
		c.place(b)
		signal(b.wake)
		signal(b.report)
	}
}

// place makes b follow the leader, or stay with what its node has. c.mu is
// held.
func (c *Cluster) place(b *Backend) {
	reached := b.phase == running && c.leader != nil && c.reach(b.node, c.leader.node)
	if reached {
		b.replica.members, b.replica.term = c.members, c.term
	}
	followed := b.follows
	b.follows = reached && c.isMember(b)
	switch {
	case followed && !b.follows:
		b.replica.log = c.log
	case b.follows && !followed:
		b.replica.log = log{}
	}
	if reached && !b.follows {
		b.removed = true
		b.refuseBarriers()
	}
	if b.follows {
		b.placeBarriers(c.log.last())
	}
}

// mayPropose says why b's node can't commit anything now, if so. c.mu is held.
func (c *Cluster) mayPropose(b *Backend) error {
	switch {
	case b.phase != running:
		return errClosed()
	case b.follows:
		return nil
	default:
		return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: b.whyApart()}
	}
}

// whyApart says, for people, why b doesn't follow, as far as its node knows.
// The cluster's mu is held.
func (b *Backend) whyApart() string {
	if b.removed {
		return fmt.Sprintf("node %q was removed from the cluster: stop it, and add it again if it is to come back", b.node)
	}
	return fmt.Sprintf("no quorum: node %q reaches no leader among the members %s: open more of them, or mend the network",
		b.node, names(b.replica.members))
}
