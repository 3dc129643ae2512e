package faults_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// A leader that is cut off with what it has refuses writes and says why, or says that
// it can't tell; it goes on answering local reads, and no linearizable one. When it is
// let in again, what it refused isn't there.
func TestMinorityRefuses(t *testing.T) {
	k := startNodes(t, nil)
	leader := k.leader()
	rest := k.others(leader)
	_, err := k.client(leader, patience).CreateTopic(k.soon(), spec("before"))
	require.NoError(t, err)
	k.same()
	k.part(leader)

	minority := k.client(leader, 0) // no repetition: what one node says once
	refused := map[string]bool{}
	unknown := 0
	var last error
	for i := 0; len(refused) < 3; i++ {
		require.Less(t, i, 200)
		name := fmt.Sprintf("refused-%d", i)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_, err := minority.CreateTopic(ctx, spec(name))
		cancel()
		switch require.Error(t, err); {
		case errors.Is(err, sdk.ErrOutcomeUnknown):
			require.Empty(t, refused, "one that knows that it doesn't lead any more can tell")
			unknown++
		case errors.Is(err, sdk.ErrNoQuorum):
			require.ErrorIs(t, err, sdk.ErrNotAppended)
			refused[name], last = true, err
		default:
			require.NoError(t, err)
		}
	}
	t.Logf("%d were unknown, then each was refused: %v", unknown, last)

	got, err := minority.Topic(k.soon(), "before")
	require.NoError(t, err)
	require.Equal(t, "before", got.Value.Name)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = minority.Topic(ctx, "before", metadata.Linearizable())
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	t.Logf("a linearizable read: %v", err)

	_, err = create(k.soon(), "meanwhile", k.client(rest[0], patience))
	require.NoError(t, err, "the others go on")
	_, err = minority.Topic(k.soon(), "meanwhile")
	require.ErrorIs(t, err, metadata.ErrNotFound, "which the minority can't know")

	k.Links().Heal()
	k.same()
	for _, n := range k.Nodes() {
		names := k.topics(n)
		require.True(t, names["before"] && names["meanwhile"])
		for name := range refused {
			require.False(t, names[name], "%s was refused, and is there", name)
		}
	}
}
