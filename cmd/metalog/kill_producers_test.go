package main

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
)

// ids are the producer ids that were handed out, by whoever got one. Any
// goroutine may use it.
type ids struct {
	mu    sync.Mutex
	taken map[int64]int
}

func (s *ids) take(first int64, n int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := first; id < first+int64(n); id++ {
		s.taken[id]++
	}
}

func (s *ids) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

// Chronik's defect 11: producer ids came again after a restart. Here they are
// asked for while host and plugin are killed, before and after the log is
// compacted into a snapshot, and none comes twice; what a transaction had pending
// is there after every start.
func TestKillNeverReissuesProducerIDs(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, "n1")
	require.NoError(t, n.serving())
	c, err := client.Dial(n.grpc, client.RetryFor(startWait))
	require.NoError(t, err)
	defer c.Close()
	open := openTransaction(t, c)

	issued := &ids{taken: map[int64]int{open.ProducerID: 1}}
	for round := range 3 {
		n = allocateThroughAKill(t, c, issued, n, dir)
		read, err := c.Transaction(t.Context(), "held-open")
		require.NoError(t, err)
		require.Equal(t, metadata.TransactionOngoing, read.Value.State)
		require.Equal(t, open.ProducerID, read.Value.ProducerID)
		fetched, err := c.FetchOffsets(t.Context(), metadata.OffsetsQuery{
			Group: "g", Partitions: []metadata.TopicPartition{{Topic: "orders"}}, RequireStable: true,
		})
		require.NoError(t, err)
		require.Equal(t, metadata.CodeUnstableOffsetCommit, fetched.Value[0].Code)
		if round == 1 {
			require.NoError(t, c.Compact(t.Context()))
		}
	}
	for id, times := range issued.taken {
		require.Equal(t, 1, times, "producer id %d", id)
	}
	_, err = c.PrepareTransaction(t.Context(), metadata.PrepareSpec{ProducerRef: open, Commit: true})
	require.NoError(t, err)
	_, err = c.CompleteTransaction(t.Context(), open)
	require.NoError(t, err)
	fetched, err := c.FetchOffsets(t.Context(), metadata.OffsetsQuery{Group: "g"})
	require.NoError(t, err)
	require.EqualValues(t, 41, fetched.Value[0].Offset)

	digest := n.status(t).Digest
	require.NoError(t, n.stop())
	require.Equal(t, digest, verify(t, filepath.Join(dir, "n1")).Digest)
}

// openTransaction begins one and commits an offset in it.
func openTransaction(t *testing.T, c *client.Client) metadata.ProducerRef {
	t.Helper()
	ctx := t.Context()
	_, err := c.CreateTopic(ctx, metadata.TopicSpec{Name: "orders", Partitions: 1, ReplicationFactor: 1})
	require.NoError(t, err)
	p, err := c.InitProducer(ctx, metadata.InitProducerSpec{
		TransactionalID: "held-open", TimeoutMS: 60_000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	})
	require.NoError(t, err)
	ref := metadata.ProducerRef{TransactionalID: "held-open", ProducerID: p.ProducerID, Epoch: p.Epoch}
	_, err = c.AddTransactionOffsets(ctx, metadata.TransactionGroupSpec{ProducerRef: ref, Group: "g"})
	require.NoError(t, err)
	items, err := c.CommitTransactionOffsets(ctx, metadata.TransactionOffsetsSpec{ProducerRef: ref, OffsetsSpec: metadata.OffsetsSpec{
		Group: "g", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{{Topic: "orders", Offset: 41}},
	}})
	require.NoError(t, err)
	require.Empty(t, items.Failed)
	return ref
}

// allocateThroughAKill asks for ids from several goroutines while host and plugin
// are killed and started again.
func allocateThroughAKill(t *testing.T, c *client.Client, issued *ids, n *nodeProcess, dir string) *nodeProcess {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for ctx.Err() == nil {
				block, err := c.AllocateProducerIDs(context.WithoutCancel(ctx), metadata.ProducerIDsSpec{Broker: metadata.NoBroker})
				if err == nil {
					issued.take(block.First, block.Count)
				}
			}
		})
	}
	grown := func(from int) func() bool { return func() bool { return issued.len() > from+20_000 } }
	require.Eventually(t, grown(issued.len()), startWait, time.Millisecond)
	n = killAndRestart(t, n, dir)
	require.NoError(t, n.serving())
	require.Eventually(t, grown(issued.len()), startWait, time.Millisecond)
	stop()
	asking.Wait()
	return n
}
