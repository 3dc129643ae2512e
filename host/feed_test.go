package host_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// short is a store whose watchers can look back four revisions.
func short(t *testing.T) *host.Bare {
	t.Helper()
	b := host.NewBare()
	b.LimitHistory(4, 1000)
	return b
}

func grow(t *testing.T, s metadata.Store, name string, n int) {
	t.Helper()
	for i := range n {
		_, err := s.CreateTopic(t.Context(), topic(fmt.Sprintf("%s-%d", name, i)))
		require.NoError(t, err)
	}
}

// kinds is what a watch told, in short.
func kinds(messages []metadata.WatchMessage) (out []string) {
	for _, m := range messages {
		out = append(out, fmt.Sprintf("%s %d", m.Kind, m.Revision))
	}
	return out
}

func TestAWatchFromBeforeTheHistoryBeginsWithTheState(t *testing.T) {
	b := short(t)
	grow(t, b, "a", 10)
	require.Equal(t, []string{"state 10", "state_end 10"}, kinds(watched(t, b, 10, metadata.FromRevision(5))))
	require.Equal(t, []string{"bookmark 6", "change 7", "change 8", "change 9", "change 10"},
		kinds(watched(t, b, 10, metadata.FromRevision(6))))
	require.Equal(t, []string{"state 10", "state_end 10"}, kinds(watched(t, b, 10, metadata.FromRevision(8), metadata.WithInitialState())))
}

func TestLargeChangesShortenTheHistory(t *testing.T) {
	b := host.NewBare()
	b.LimitHistory(1000, 100)
	for i := range 4 {
		_, err := b.CreateTopic(t.Context(), metadata.TopicSpec{Name: fmt.Sprintf("t%d", i), Partitions: 40, ReplicationFactor: 1})
		require.NoError(t, err)
	}
	require.Equal(t, "state 4", kinds(watched(t, b, 4, metadata.FromRevision(1)))[0])
	require.Equal(t, []string{"bookmark 2", "change 3", "change 4"}, kinds(watched(t, b, 4, metadata.FromRevision(2))))
}

// A watcher that is slower than what happens is told the state, as often as it
// takes, and misses nothing of it.
func TestASlowWatcherIsToldTheState(t *testing.T) {
	b := short(t)
	f := hosttest.NewFollower()
	var told []string
	for m, err := range b.Watch(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, f.Take(m))
		told = append(told, kinds([]metadata.WatchMessage{m})...)
		switch len(told) {
		case 1:
			grow(t, b, "while-it-looked-away", 9)
		case 3:
			grow(t, b, "again", 2)
		}
		if m.Revision == 11 {
			break
		}
	}
	require.Equal(t, []string{"bookmark 0", "state 9", "state_end 9", "change 10", "change 11"}, told)
	f.RequireState(t, b.View())
}

// A state of many records comes in pieces, all of one revision.
func TestAStateComesInPieces(t *testing.T) {
	b := host.NewBare()
	_, err := b.CreateTopic(t.Context(), metadata.TopicSpec{Name: "wide", Partitions: 2500, ReplicationFactor: 1})
	require.NoError(t, err)
	messages := watched(t, b, 1, metadata.WithInitialState())
	require.Equal(t, []string{"state 1", "state 1", "state 1", "state_end 1"}, kinds(messages))
	f := hosttest.NewFollower()
	for _, m := range messages {
		require.LessOrEqual(t, len(m.Changes), 1000)
		require.NoError(t, f.Take(m))
	}
	f.RequireState(t, b.View())
}
