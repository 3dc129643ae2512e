package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/sdk"
)

func TestMembersFromAfar(t *testing.T) {
	nodes := hosttest.Voters(t, 3)
	c, ctx := dial(t, serve(t, nodes.Store(1)).address), t.Context()
	require.NoError(t, c.AddLearner(ctx, sdk.Peer{NodeID: "n4", Address: "four:1"}, []string{"n2", "n1", "n3"}))
	nodes.Open(3)
	require.NoError(t, c.PromoteMember(ctx, "n4", []string{"n1", "n2", "n3", "n4"}))
	require.NoError(t, c.RemoveMember(ctx, "n1", nil))
	leader, err := c.TransferLeadership(ctx, "n4")
	require.NoError(t, err)
	require.Equal(t, "n4", leader)
	require.Eventually(t, func() bool { return nodes.Store(1).Status().Backend.Leader == "n4" }, patience, time.Millisecond)
	leader, err = c.TransferLeadership(ctx, "")
	require.NoError(t, err)
	require.Equal(t, "n2", leader)
	require.NoError(t, c.AddVoter(ctx, sdk.Peer{NodeID: "n5", Address: "five:1"}, nil))

	for name, err := range map[string]error{
		"removed already":  c.RemoveMember(ctx, "n1", nil),
		"others expected":  c.RemoveMember(ctx, "n5", []string{"n5"}),
		"nobody expected":  c.PromoteMember(ctx, "n5", []string{}),
		"there already":    c.AddLearner(ctx, sdk.Peer{NodeID: "n2", Address: "two:1"}, nil),
		"expected as well": c.AddVoter(ctx, sdk.Peer{NodeID: "n6", Address: "six:1"}, []string{"n1"}),
	} {
		require.ErrorIs(t, err, sdk.ErrConflict, name)
		require.ErrorIs(t, err, sdk.ErrNotAppended, name)
	}
}

// leaving is a node whose removal goes as a test says.
type leaving struct {
	membership
	remove func(context.Context) error
}

func (l leaving) RemoveMember(ctx context.Context, _ string, _ []string) error { return l.remove(ctx) }

// What was never sent wasn't done; what was, may have been.
func TestChangeWithoutAnAnswer(t *testing.T) {
	err := dial(t, nowhere(t)).RemoveMember(t.Context(), "n1", nil)
	require.ErrorIs(t, err, client.ErrUnreachable)
	require.ErrorIs(t, err, sdk.ErrNotAppended)

	var r *remote
	r = serve(t, &node{membership: leaving{remove: func(context.Context) error { r.cut(); return nil }}})
	err = dial(t, r.address).RemoveMember(t.Context(), "n1", nil)
	require.ErrorIs(t, err, client.ErrUnreachable)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)

	slow := serve(t, &node{membership: leaving{remove: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}})
	c := dial(t, slow.address)
	_, err = c.Status(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = c.RemoveMember(ctx, "n1", nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
}
