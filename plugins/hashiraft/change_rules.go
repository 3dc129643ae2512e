package hashiraft

import (
	"fmt"
	"slices"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/plugins/hashiraft/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// on is the members afterwards, or why that can't be.
func (c change) on(members []raft.Server) ([]raft.Server, error) {
	node := c.peer.NodeID
	i := slices.IndexFunc(members, func(m raft.Server) bool { return string(m.ID) == node })
	adds := c.kind == peerpb.ChangeRequest_KIND_ADD_LEARNER || c.kind == peerpb.ChangeRequest_KIND_ADD_VOTER
	switch {
	case node == "":
		return nil, conflict("a member needs a name")
	case adds && i >= 0:
		return nil, conflict("node %q is a member already, a %s", node, roleOf(members[i]))
	case !adds && i < 0:
		return nil, conflict("node %q is no member, there are %s", node, listOf(members))
	case adds:
		return c.adding(members)
	case c.kind == peerpb.ChangeRequest_KIND_PROMOTE:
		return promoting(members, i)
	case c.kind == peerpb.ChangeRequest_KIND_REMOVE:
		return removing(members, i)
	}
	return nil, &sdk.Error{
		Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended,
		Message: fmt.Sprintf("the leader knows no change of members %s: upgrade it first", c.kind),
	}
}

func (c change) adding(members []raft.Server) ([]raft.Server, error) {
	if err := peerport.CheckPeerAddress(c.peer); err != nil {
		return nil, err
	}
	for _, m := range members {
		if string(m.Address) == c.peer.Address {
			return nil, conflict("node %q is at %s already", m.ID, m.Address)
		}
	}
	added := raft.Server{ID: raft.ServerID(c.peer.NodeID), Address: raft.ServerAddress(c.peer.Address), Suffrage: raft.Voter}
	if c.kind == peerpb.ChangeRequest_KIND_ADD_LEARNER {
		added.Suffrage = raft.Nonvoter
	}
	return append(slices.Clone(members), added), nil
}

func promoting(members []raft.Server, i int) ([]raft.Server, error) {
	if members[i].Suffrage == raft.Voter {
		return nil, conflict("node %q is a voter already", members[i].ID)
	}
	after := slices.Clone(members)
	after[i].Suffrage = raft.Voter
	return after, nil
}

func removing(members []raft.Server, i int) ([]raft.Server, error) {
	after := slices.Delete(slices.Clone(members), i, i+1)
	if !slices.ContainsFunc(after, func(m raft.Server) bool { return m.Suffrage == raft.Voter }) {
		return nil, conflict("node %q is the last voter and can't be removed: add another first", members[i].ID)
	}
	return after, nil
}

func roleOf(m raft.Server) sdk.Role {
	if m.Suffrage == raft.Voter {
		return sdk.RoleVoter
	}
	return sdk.RoleLearner
}
