package inmem_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func TestLeadershipIsTransferred(t *testing.T) {
	v := newVoters(t)
	transfer := func(on, to string) error {
		return v.backends[on].(sdk.Transferer).TransferLeadership(t.Context(), to)
	}
	require.NoError(t, transfer("n2", "n3"))
	v.led(t, "n3", "2", "n1", "n2", "n3")
	require.NoError(t, transfer("n2", "n3"))
	v.led(t, "n3", "2", "n1", "n2", "n3")
	require.NoError(t, transfer("n3", ""))
	v.led(t, "n1", "3", "n1", "n2", "n3")
	require.NoError(t, transfer("n3", ""))
	v.led(t, "n2", "4", "n1", "n2", "n3")
	v.kill("n3")
	v.led(t, "n2", "4", "n1", "n2")
}

func TestTransferIsRefused(t *testing.T) {
	v := newVoters(t)
	require.NoError(t, v.members("n1").AddLearner(t.Context(), sdk.Peer{NodeID: "l"}, nil))
	v.open(t, "l")
	refused := func(on, to, want string, reason error) {
		t.Helper()
		err := v.backends[on].(sdk.Transferer).TransferLeadership(t.Context(), to)
		require.ErrorIs(t, err, reason)
		require.ErrorContains(t, err, want)
	}
	refused("n1", "l", `node "l" is a learner and can't lead: promote it first`, sdk.ErrConflict)
	refused("n1", "n9", `node "n9" is no member of this cluster, which has n1, n2, n3, l`, sdk.ErrConflict)
	v.Partition([]string{"n1", "n2"})
	refused("n2", "n3", `leader "n1" doesn't reach node "n3"`, sdk.ErrConflict)
	refused("n3", "n3", "no quorum", sdk.ErrNoQuorum)
	v.Heal()
	v.kill("n3")
	refused("n2", "n3", `node "n3" isn't open`, sdk.ErrConflict)
	require.NoError(t, v.members("n1").Remove(t.Context(), "n3", nil))
	v.Partition([]string{"n1", "n2", "l"})
	require.NoError(t, v.members("n1").Remove(t.Context(), "n2", nil))
	refused("l", "", `no voter but leader "n1" is open`, sdk.ErrConflict)
	v.led(t, "n1", "1", "n1", "l")
}
