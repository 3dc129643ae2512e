package dragonboat

import (
	"context"
	"testing"

	"github.com/lni/dragonboat/v4/statemachine"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/internal/membership"
)

// Once the session has ended the host is given nothing more, and nobody takes that for
// a success: the library goes on with what couldn't be stored.
func TestNothingIsDeliveredAfterTheEnd(t *testing.T) {
	ctx, end := context.WithCancelCause(t.Context())
	host := clustertest.NewRecorder()
	m := &stateMachine{host: host, ctx: ctx, end: end}
	update := func(index uint64, data string) statemachine.Entry {
		done, err := m.Update([]statemachine.Entry{{Index: index, Cmd: append([]byte{commandVersion}, data...)}})
		require.NoError(t, err)
		return done[0]
	}
	require.EqualValues(t, delivered, update(1, "before").Result.Value)
	end(membership.ErrOrderly)
	require.Zero(t, update(2, "after").Result.Value)
	require.Equal(t, []string{"before"}, host.Entries())
	require.ErrorIs(t, m.failure(), membership.ErrOrderly)
	require.EqualValues(t, 1, m.position())
}
