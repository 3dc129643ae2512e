package membership

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// What a change does.
const (
	AddLearner = peerpb.ChangeRequest_KIND_ADD_LEARNER
	AddVoter   = peerpb.ChangeRequest_KIND_ADD_VOTER
	Promote    = peerpb.ChangeRequest_KIND_PROMOTE
	Remove     = peerpb.ChangeRequest_KIND_REMOVE
)

// Change is one change of the members.
type Change struct {
	Kind     peerpb.ChangeRequest_Kind
	Peer     sdk.Peer // its address counts for a new member only
	Expected []string // nil: none
}

// ToPB is the change as it is asked of the leader.
func (c Change) ToPB() *peerpb.ChangeRequest {
	return &peerpb.ChangeRequest{
		Kind: c.Kind, Node: c.Peer.NodeID, Address: c.Peer.Address, Expected: c.Expected, Expects: c.Expected != nil,
	}
}

// ChangeFromPB is the change that was asked for.
func ChangeFromPB(r *peerpb.ChangeRequest) Change {
	c := Change{Kind: r.GetKind(), Peer: sdk.Peer{NodeID: r.GetNode(), Address: r.GetAddress()}}
	if r.GetExpects() {
		c.Expected = append([]string{}, r.GetExpected()...)
	}
	return c
}

// On is the members afterwards, or why that can't be: an error of ReasonConflict
// or, for an address that nobody could dial, of ReasonInvalidConfig.
func (c Change) On(members []sdk.Member) ([]sdk.Member, error) {
	if c.Expected != nil && !sameNames(members, c.Expected) {
		return nil, Conflict("the members are %s, not the expected %s: look again, then decide anew", List(members), strings.Join(c.Expected, ", "))
	}
	node := c.Peer.NodeID
	i := slices.IndexFunc(members, func(m sdk.Member) bool { return m.NodeID == node })
	adds := c.Kind == AddLearner || c.Kind == AddVoter
	switch {
	case node == "":
		return nil, Conflict("a member needs a name")
	case adds && i >= 0:
		return nil, Conflict("node %q is a member already, a %s", node, members[i].Role)
	case !adds && i < 0:
		return nil, Conflict("node %q is no member, there are %s", node, List(members))
	case adds:
		return c.adding(members)
	case c.Kind == Promote:
		return promoting(members, i)
	case c.Kind == Remove:
		return removing(members, i)
	}
	return nil, &sdk.Error{
		Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended,
		Message: fmt.Sprintf("the leader knows no change of members %s: upgrade it first", c.Kind),
	}
}

func (c Change) adding(members []sdk.Member) ([]sdk.Member, error) {
	if err := peerport.CheckPeerAddress(c.Peer); err != nil {
		return nil, err
	}
	if at := NameOf(members, c.Peer.Address); at != "" {
		return nil, Conflict("node %q is at %s already", at, c.Peer.Address)
	}
	added := sdk.Member{NodeID: c.Peer.NodeID, Address: c.Peer.Address, Role: sdk.RoleVoter}
	if c.Kind == AddLearner {
		added.Role = sdk.RoleLearner
	}
	return append(slices.Clone(members), added), nil
}

func promoting(members []sdk.Member, i int) ([]sdk.Member, error) {
	if members[i].Role == sdk.RoleVoter {
		return nil, Conflict("node %q is a voter already", members[i].NodeID)
	}
	after := slices.Clone(members)
	after[i].Role = sdk.RoleVoter
	return after, nil
}

func removing(members []sdk.Member, i int) ([]sdk.Member, error) {
	after := slices.Delete(slices.Clone(members), i, i+1)
	if !slices.ContainsFunc(after, func(m sdk.Member) bool { return m.Role == sdk.RoleVoter }) {
		return nil, Conflict("node %q is the last voter and can't be removed: add another first", members[i].NodeID)
	}
	return after, nil
}

func sameNames(members []sdk.Member, expected []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(Names(members))), slices.Sorted(slices.Values(expected)))
}
