package hashiraft

import (
	"testing"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Learners that are late don't take a node out of its cluster.
func TestLearnersHaveNoVoice(t *testing.T) {
	members := []raft.Server{{ID: "n1"}, {ID: "n2", Suffrage: raft.Nonvoter}, {ID: "n3", Suffrage: raft.Nonvoter}, {ID: "n4"}}
	others := []sdk.Peer{{NodeID: "n1"}, {NodeID: "n2"}, {NodeID: "n3"}}
	require.Equal(t, []bool{false}, voices(members, others, []bool{false, true, true}))
	require.Equal(t, []bool{false, true, true}, voices(nil, others, []bool{false, true, true}))
}

// A node whose log ends before it was added isn't ended by one other that is as
// late.
func TestOneLateVoterIsNotSure(t *testing.T) {
	for _, is := range []struct {
		member      bool
		refused     []bool
		out, surely bool
	}{
		{false, []bool{true, false, false}, true, false},
		{false, []bool{true, true, false}, true, true},
		{true, []bool{true, false, false}, false, false},
		{true, []bool{true, true, false}, true, true},
		{false, []bool{false, false, false}, false, false},
		{false, nil, false, false},
	} {
		out, surely := judged(is.member, is.refused)
		require.Equal(t, is.out, out, "%+v", is)
		require.Equal(t, is.surely, surely, "%+v", is)
	}
}
