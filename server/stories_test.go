package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

// TestStories tells the same stories as conformance does, from the far end of
// the API: what comes back must be the same text, and the state the same.
func TestStories(t *testing.T) {
	conformance.CompareStories(t, conformance.Stories(), "remote", remoteTarget)
}

func remoteTarget(t *testing.T) conformance.StoryTarget {
	t.Helper()
	clock := conformance.NewStoryClock()
	store := hosttest.Cluster(t, 1, host.WithClock(clock.Now), host.WithCheckpoints(0)).Store(0)
	c, err := client.Dial(serve(t, store, server.Config{}).grpc)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return conformance.StoryTarget{
		Store: c, Clock: clock,
		Digest: func() metadata.Digest { return store.View().Digest() },
	}
}
