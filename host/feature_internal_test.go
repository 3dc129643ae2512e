package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// A level is refused that a member's build doesn't know. Whoever has left the
// cluster has no say.
func TestFeatureLevelsOfMembers(t *testing.T) {
	_, highest := metadata.FeatureLevels()
	self := Node{NodeID: "n1", FeatureMax: highest}
	p := newPeers("n1", nil)
	s := store{
		writer: &writer{peers: p, board: newBoard(&view{state: metadata.Genesis(), directory: directory{
			"n1": self, "n2": {NodeID: "n2", FeatureMax: highest - 1}, "n3": {NodeID: "n3", FeatureMax: 0},
		}})},
		self: self,
	}
	names := func() (out []string) {
		for _, n := range s.builds() {
			out = append(out, n.NodeID)
		}
		return out
	}
	require.Equal(t, []string{"this node's build", "n2", "n3"}, names(), "a backend that names no members has all who announced themselves")
	p.setMembers([]sdk.Member{{NodeID: "n1", Role: sdk.RoleVoter}, {NodeID: "n2", Role: sdk.RoleLearner}})
	require.Equal(t, []string{"this node's build", "n2"}, names())
}

// A committed level beyond this build stops the node: it would misread what
// comes next (G8).
func TestAFeatureLevelBeyondTheBuildHalts(t *testing.T) {
	_, highest := metadata.FeatureLevels()
	b := newBatch(&view{state: metadata.Genesis()})
	ev := metadata.NewSetFeatureLevel(metadata.FeatureLevelSpec{Level: highest + 1})
	id := [16]byte{1}
	ev.RequestId = id[:]
	_, err := metadata.Encode(ev)
	require.Error(t, err, "it can't be proposed from here")
	_, err = b.draft.Apply(ev)
	require.ErrorIs(t, err, metadata.ErrHalt)
	require.Zero(t, b.draft.Revision())

	known := &eventpb.Event{RequestId: id[:], Command: metadata.NewSetFeatureLevel(metadata.FeatureLevelSpec{Level: highest}).GetCommand()}
	res, err := b.draft.Apply(known)
	require.NoError(t, err)
	require.NoError(t, res.Err())
}
