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
