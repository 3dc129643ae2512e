package membership

import (
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/sdk"
)

// Names are those of members, in their order.
func Names(members []sdk.Member) []string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.NodeID
	}
	return names
}

// List is the names of members, for people.
func List(members []sdk.Member) string { return strings.Join(Names(members), ", ") }

// Find returns the member of that name.
func Find(members []sdk.Member, node string) (sdk.Member, bool) {
	i := slices.IndexFunc(members, func(m sdk.Member) bool { return m.NodeID == node })
	if i < 0 {
		return sdk.Member{}, false
	}
	return members[i], true
}

// NameOf is the member at address; empty: there is none.
func NameOf(members []sdk.Member, address string) string {
	i := slices.IndexFunc(members, func(m sdk.Member) bool { return m.Address == address })
	if i < 0 {
		return ""
	}
	return members[i].NodeID
}

// Others are the members but node; without members, those that it was told of.
func Others(members []sdk.Member, node string, told []sdk.Peer) []sdk.Peer {
	var others []sdk.Peer
	for _, m := range members {
		if m.NodeID != node {
			others = append(others, sdk.Peer{NodeID: m.NodeID, Address: m.Address})
		}
	}
	if len(others) == 0 {
		return told
	}
	return others
}
