package builtin_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// The plugin is killed three times while producer ids are handed out, before and
// after the log is compacted, and then the host begins anew on the same disk: no
// id comes twice, and every record is what it was, an open transaction's too.
func TestRecordsAndProducerIDsThroughPluginKills(t *testing.T) {
	t.Setenv("TMPDIR", runDir(t))
	dir := t.TempDir()
	s := openOnDisk(t, dir)
	filled := hosttest.Fill(t, s)
	before := s.View()
	broker, err := s.Broker(t.Context(), 1)
	require.NoError(t, err)

	ids := &issued{times: make(map[int64]int)}
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() { ids.allocate(ctx, s, metadata.ProducerIDsSpec{Broker: 1, Epoch: broker.Value.Epoch}) })
	}
	for round := range 3 {
		killPlugin(t, s)
		hosttest.RequireFilled(t, before, s.View())
		if round == 1 {
			require.NoError(t, s.Compact(t.Context()))
		}
	}
	stop()
	load.Wait()
	digest := s.View().Digest()
	require.NoError(t, s.Close())

	s = openOnDisk(t, dir)
	require.Equal(t, digest, s.View().Digest())
	hosttest.RequireFilled(t, before, s.View())
	next, err := s.AllocateProducerIDs(t.Context(), metadata.ProducerIDsSpec{Broker: 1, Epoch: broker.Value.Epoch})
	require.NoError(t, err)
	ids.take(next)
	filled.Finish(t, s)
	for first, times := range ids.times {
		require.Equal(t, 1, times, "the block from producer id %d", first)
	}
	t.Logf("%d blocks", len(ids.times))
}

func openOnDisk(t *testing.T, dir string) *host.Store {
	t.Helper()
	s, err := host.Open(t.Context(), host.Config{ClusterID: "kept", NodeID: "n1", DataDir: dir, Backend: builtin.Open("local")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.WaitReady(t.Context()))
	return s
}

// issued counts how often a block of producer ids was handed out. Any goroutine
// may use it.
type issued struct {
	mu    sync.Mutex
	times map[int64]int // by the block's first
}

func (i *issued) take(block metadata.ProducerIDs) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.times[block.First]++
}

// allocate asks for blocks until ctx ends. One whose outcome is unknown is nobody's.
func (i *issued) allocate(ctx context.Context, s metadata.Store, spec metadata.ProducerIDsSpec) {
	for ctx.Err() == nil {
		asking, done := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		if block, err := s.AllocateProducerIDs(asking, spec); err == nil {
			i.take(block)
		}
		done()
	}
}
