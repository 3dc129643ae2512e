package builtin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// TestStories tells the same stories as conformance does to a host whose backend
// is a process of its own, and keeps them on disk.
func TestStories(t *testing.T) {
	if testing.Short() {
		t.Skip("a process and a disk for every script")
	}
	t.Setenv("TMPDIR", runDir(t))
	var bare, local map[string]metadata.Digest
	t.Run("bare", func(t *testing.T) { bare = conformance.RunStories(t, conformance.Stories(), bareTarget) })
	t.Run("local", func(t *testing.T) { local = conformance.RunStories(t, conformance.Stories(), localTarget) })
	require.Equal(t, bare, local, "the same stories must end in the same states")
}

func bareTarget(*testing.T) conformance.StoryTarget {
	clock := conformance.NewStoryClock()
	store := host.NewBare(host.WithClock(clock.Now))
	return conformance.StoryTarget{
		Store: store, Clock: clock,
		Digest: func() metadata.Digest { return store.View().Digest() },
	}
}

func localTarget(t *testing.T) conformance.StoryTarget {
	t.Helper()
	clock := conformance.NewStoryClock()
	store, err := host.Open(t.Context(), host.Config{
		ClusterID: "stories", NodeID: "n1", DataDir: t.TempDir(), Backend: builtin.Open("local"),
	}, host.WithClock(clock.Now), host.WithCheckpoints(0))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	require.NoError(t, store.WaitReady(t.Context()))
	return conformance.StoryTarget{
		Store: store, Clock: clock,
		Digest: func() metadata.Digest { return store.View().Digest() },
	}
}
