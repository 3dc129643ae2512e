package builtin_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// What went wrong in Chronik's replicated metadata, by the numbers of
// docs/reference/chronik.md.

// Defect 8: who leads was a text that callers took apart, and asked for every ten
// milliseconds. Here no caller needs to know: every node takes every write, and
// without a leader the error has a reason, not a wording.
func TestChronikDefect8(t *testing.T) {
	c := newCluster(t)
	for node, s := range c.stores {
		_, err := s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "by-" + node, Partitions: 1, ReplicationFactor: 1})
		require.NoError(t, err, node)
	}
	gone := c.leader()
	c.close(gone)
	var survivors []string
	for node, s := range c.stores { // no redirection, no retry of the test's
		survivors = append(survivors, node)
		_, err := s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "again-by-" + node, Partitions: 1, ReplicationFactor: 1})
		require.NoError(t, err, node)
	}
	c.close(survivors[0])
	last := c.stores[survivors[1]]
	require.Eventually(t, func() bool { return last.Status().Backend.Leader == "" }, 10*time.Second, 10*time.Millisecond)
	_, err := last.CreateTopic(t.Context(), metadata.TopicSpec{Name: "alone", Partitions: 1, ReplicationFactor: 1})
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	read, err := last.Topics(t.Context())
	require.NoError(t, err, "a read of what is here needs nobody")
	require.Len(t, read.Value, 5)
	_, err = last.Topics(t.Context(), metadata.Linearizable())
	require.Error(t, err)
}

// Defect 9: events went out over a bounded broadcast without numbers, and three
// nodes ended with 15, 4695 and 882 topics, segments being 45 of 46 events. Here a
// node that is away, killed or behind has the same counts and digest afterwards.
func TestChronikDefect9(t *testing.T) {
	c := newCluster(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var load sync.WaitGroup
	var topics atomic.Int64
	for node, s := range c.stores {
		load.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				name := fmt.Sprintf("%s-%d", node, i)
				if createAnyway(ctx, s, name) == nil {
					topics.Add(1)
					putSegments(ctx, s, name, 45)
				}
			}
		})
	}
	enough := func(n int64) {
		t.Helper()
		require.Eventually(t, func() bool { return topics.Load() >= n }, 2*time.Minute, 10*time.Millisecond)
	}
	enough(20)
	c.killPlugin(c.follower())
	enough(60)
	c.killPlugin(c.leader())
	enough(100)
	stop()
	load.Wait()
	c.ready()
	counts := c.same().Counts
	require.GreaterOrEqual(t, counts.Topics, int(topics.Load()))
	require.Greater(t, counts.Segments, 10*counts.Topics, "segments outnumber topics by far")
	t.Logf("%d topics and %d segments on each of three nodes", counts.Topics, counts.Segments)
}

// Defect 18: votes and entries were written in the background, after what depended
// on them had been sent, and a creation took over 20 s while leaders changed. Here
// all that was acknowledged while leaders change is there after all nodes are killed
// at once, and no creation took nearly as long.
func TestChronikDefect18(t *testing.T) {
	c := newCluster(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var churn, load sync.WaitGroup
	churn.Go(func() {
		for ctx.Err() == nil {
			for _, s := range c.stores {
				_ = s.TransferLeadership(ctx, "")
			}
		}
	})
	var mu sync.Mutex
	var acknowledged []string
	var slowest time.Duration
	for node, s := range c.stores {
		load.Go(func() {
			for i := range 40 {
				name := fmt.Sprintf("%s-%d", node, i)
				began := time.Now()
				err := createAnyway(ctx, s, name)
				mu.Lock()
				slowest = max(slowest, time.Since(began))
				if err == nil {
					acknowledged = append(acknowledged, name)
				}
				mu.Unlock()
			}
		})
	}
	load.Wait()
	stop()
	churn.Wait()
	require.Len(t, acknowledged, 120)
	require.Less(t, slowest, 30*time.Second)
	for node := range c.stores {
		c.killPlugin(node)
	}
	for node := range map[string]*host.Store{"n1": nil, "n2": nil, "n3": nil} {
		c.close(node)
		c.open(node)
	}
	c.ready()
	c.same()
	for _, name := range acknowledged {
		_, err := c.stores["n1"].Topic(t.Context(), name, metadata.Linearizable())
		require.NoError(t, err)
	}
	t.Logf("slowest creation while leaders changed: %s", slowest)
}

// attempt is how long one may take whose entry was lost with its leader.
const attempt = 3 * time.Second

// createAnyway creates a topic, repeating the request for as long as it isn't known
// to be done, as a client does.
func createAnyway(ctx context.Context, s *host.Store, name string) error {
	id, first := metadata.RequestID(uuid.New()), s.Status().Revision
	for {
		once, cancel := context.WithTimeout(context.WithoutCancel(ctx), attempt)
		_, err := s.CreateTopic(once, metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: 1}, metadata.WithRequestID(id, first))
		cancel()
		again := errors.Is(err, sdk.ErrNoQuorum) || errors.Is(err, sdk.ErrOutcomeUnknown) || errors.Is(err, metadata.ErrUnavailable)
		if !again || ctx.Err() != nil {
			return err
		}
	}
}

// putSegments adds so many segments to a topic, each by itself; some may fail.
func putSegments(ctx context.Context, s *host.Store, name string, n int64) {
	topic, err := s.Topic(ctx, name)
	if err != nil {
		return
	}
	for i := range n {
		once, cancel := context.WithTimeout(ctx, attempt)
		_, _ = s.PutSegments(once, metadata.SegmentsSpec{Segments: []metadata.SegmentSpec{{
			SegmentKey:  metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: topic.Value.ID, ID: fmt.Sprintf("%020d", 1000*i)},
			SegmentInfo: metadata.SegmentInfo{StartOffset: 1000 * i, EndOffset: 1000*i + 999, SizeBytes: 1 << 20, Records: 1000, Path: "s3://logs"},
		}}})
		cancel()
	}
}
