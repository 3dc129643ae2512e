package builtin_test

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// A thousand watchers of a node on disk, whose plugin is killed three times under
// load: each is told every change once, and none that isn't there.
func TestWatchersThroughPluginKills(t *testing.T) {
	t.Setenv("TMPDIR", runDir(t))
	s, err := host.Open(t.Context(), host.Config{
		ClusterID: "watched", NodeID: "n1", DataDir: t.TempDir(), Backend: builtin.Open("local"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.WaitReady(t.Context()))

	hosttest.Follow(t, s, 1000, func() {
		ctx, stop := context.WithCancel(t.Context())
		var load sync.WaitGroup
		load.Go(func() { commitUntil(ctx, s) })
		for range 3 {
			killPlugin(t, s)
		}
		stop()
		load.Wait()
	})
}

// commitUntil makes topics and offsets come and go until ctx ends. What a kill
// leaves open is told by the watches as well as anything.
func commitUntil(ctx context.Context, s *host.Store) {
	alive := context.WithoutCancel(ctx)
	for i := 0; ctx.Err() == nil; i++ {
		name := fmt.Sprintf("t%d", i%10)
		_, _ = s.CreateTopic(alive, metadata.TopicSpec{Name: name, Partitions: 2, ReplicationFactor: 1})
		_, _ = s.CommitOffsets(alive, metadata.OffsetsSpec{
			Group: "g", Generation: metadata.NoGeneration,
			Offsets: []metadata.OffsetCommit{{Topic: name, Offset: int64(i)}, {Topic: name, Partition: 1, Offset: int64(i)}},
		})
		_, _ = s.DeleteTopic(alive, metadata.TopicRef{Name: name})
	}
}

// killPlugin kills the plugin's process and waits until another one serves.
func killPlugin(t *testing.T, s *host.Store) {
	t.Helper()
	before := s.Status()
	revision := before.Revision
	require.Eventually(t, func() bool { return s.Status().Revision > revision+50 }, 20*time.Second, time.Millisecond, "no load")
	require.NoError(t, syscall.Kill(s.Status().Plugin.PID, syscall.SIGKILL))
	require.Eventually(t, func() bool {
		now := s.Status()
		return now.Plugin.Restarts > before.Plugin.Restarts && now.Ready
	}, 20*time.Second, 10*time.Millisecond)
}
