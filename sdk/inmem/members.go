package inmem

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/sdk"
)

// edit returns members with one change, or says why that can't be.
type edit func(members []sdk.Member) ([]sdk.Member, error)

// AddLearner adds a member without a vote. Only then may it be opened.
func (b *Backend) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return b.change(ctx, expected, adding(m, sdk.RoleLearner))
}

// AddVoter adds a member with a vote. Only then may it be opened, so it is
// refused where the voters that are open wouldn't be a majority any more.
func (b *Backend) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return b.change(ctx, expected, adding(m, sdk.RoleVoter))
}

// Promote gives a learner a vote.
func (b *Backend) Promote(ctx context.Context, node string, expected []string) error {
	return b.change(ctx, expected, promoting(node))
}

// Remove takes a member out, the leader too. Its session goes on without
// getting anything; it can't be opened again before it is added.
func (b *Backend) Remove(ctx context.Context, node string, expected []string) error {
	return b.change(ctx, expected, removing(node))
}

// change makes an edit that a majority of both the old and the new voters can
// agree on. It doesn't wait.
func (b *Backend) change(ctx context.Context, expected []string, edit edit) error {
	c := b.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.mayChange(ctx, b, sdk.CanMembership); err != nil {
		return err
	}
	if expected != nil && !sameMembers(c.members, expected) {
		return conflict("the members are %s, not the expected %s: look again, then decide anew",
			names(c.members), strings.Join(expected, ", "))
	}
	members, err := edit(slices.Clone(c.members))
	if err != nil {
		return err
	}
	if !c.majority(members, b.node) {
		all, reached := c.voters(members, b.node)
		return &sdk.Error{
			Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("afterwards only %d of %d voters would be open and within reach: "+
				"open them first, a new one as a learner", reached, all),
		}
	}
	c.install(members)
	return nil
}

// mayChange refuses what isn't claimed, comes too late, or has no quorum. c.mu
// is held.
func (c *Cluster) mayChange(ctx context.Context, b *Backend, needed sdk.Claim) error {
	if !c.claims.Has(needed) {
		return &sdk.Error{
			Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("a cluster without named voters has no %s", needed),
		}
	}
	if err := ctx.Err(); err != nil {
		return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended, Message: "given up before it was tried", Err: err}
	}
	return c.mayPropose(b)
}

// install makes members those of the cluster. c.mu is held.
func (c *Cluster) install(members []sdk.Member) {
	c.members = members
	for _, m := range members {
		if c.replicas[m.NodeID] == nil {
			c.replicas[m.NodeID] = &replica{members: members}
		}
	}
	maps.DeleteFunc(c.replicas, func(node string, _ *replica) bool { return find(members, node) < 0 })
	c.settle()
}

func adding(p sdk.Peer, role sdk.Role) edit {
	return func(members []sdk.Member) ([]sdk.Member, error) {
		if p.NodeID == "" {
			return nil, conflict("a member needs a name")
		}
		if i := find(members, p.NodeID); i >= 0 {
			return nil, conflict("node %q is a member already, a %s", p.NodeID, members[i].Role)
		}
		return append(members, sdk.Member{NodeID: p.NodeID, Address: p.Address, Role: role}), nil
	}
}

func promoting(node string) edit {
	return func(members []sdk.Member) ([]sdk.Member, error) {
		i := find(members, node)
		switch {
		case i < 0:
			return nil, conflict("node %q is no member, there are %s: add it first", node, names(members))
		case members[i].Role == sdk.RoleVoter:
			return nil, conflict("node %q is a voter already", node)
		}
		members[i].Role = sdk.RoleVoter
		return members, nil
	}
}

func removing(node string) edit {
	return func(members []sdk.Member) ([]sdk.Member, error) {
		i := find(members, node)
		if i < 0 {
			return nil, conflict("node %q is no member, there are %s", node, names(members))
		}
		members = slices.Delete(members, i, i+1)
		if !slices.ContainsFunc(members, func(m sdk.Member) bool { return m.Role == sdk.RoleVoter }) {
			return nil, conflict("node %q is the last voter and can't be removed: add another first", node)
		}
		return members, nil
	}
}

func find(members []sdk.Member, node string) int {
	return slices.IndexFunc(members, func(m sdk.Member) bool { return m.NodeID == node })
}

func ids(members []sdk.Member) []string {
	var ids []string
	for _, m := range members {
		ids = append(ids, m.NodeID)
	}
	return ids
}

func names(members []sdk.Member) string { return strings.Join(ids(members), ", ") }

func sameMembers(members []sdk.Member, expected []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(ids(members))), slices.Sorted(slices.Values(expected)))
}
