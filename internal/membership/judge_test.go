package membership_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// Learners that are late don't take a node out of its cluster.
func TestLearnersHaveNoVoice(t *testing.T) {
	members := []sdk.Member{
		{NodeID: "n1", Role: sdk.RoleVoter}, {NodeID: "n2", Role: sdk.RoleLearner}, {NodeID: "n3", Role: sdk.RoleLearner}, {NodeID: "n4", Role: sdk.RoleVoter},
	}
	others := []sdk.Peer{{NodeID: "n1"}, {NodeID: "n2"}, {NodeID: "n3"}}
	require.Equal(t, []bool{false}, membership.Voices(members, others, []bool{false, true, true}))
	require.Equal(t, []bool{false, true, true}, membership.Voices(nil, others, []bool{false, true, true}))
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
		out, surely := membership.Judged(is.member, is.refused)
		require.Equal(t, is.out, out, "%+v", is)
		require.Equal(t, is.surely, surely, "%+v", is)
	}
}
