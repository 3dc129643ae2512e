package host_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// A cluster of 100 brokers with 200,000 partitions of three replicas: each broker
// holds 6,000 of them and leads a third of those.
const (
	fenceBrokers = 100
	fenceTopics  = 400
	fencePerName = 500
)

// fenced is a broker that goes.
const fenced = int32(7)

func fenceCluster(tb testing.TB) *host.Store {
	tb.Helper()
	s, err := host.Open(tb.Context(), host.Config{
		NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return inmem.New(), nil },
	})
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.Close() })
	require.NoError(tb, s.WaitReady(tb.Context()))
	for id := range int32(fenceBrokers) {
		registered, err := s.RegisterBroker(tb.Context(), metadata.BrokerSpec{
			ID: id, Incarnation: metadata.Incarnation{1}, Endpoints: []metadata.Endpoint{{Name: "P", Host: "h", Port: 9092}},
		})
		require.NoError(tb, err)
		setFence(tb, s, id, registered.Epoch, metadata.BrokerUnfenced)
	}
	for i := range fenceTopics {
		_, err := s.CreateTopic(tb.Context(), metadata.TopicSpec{
			Name: fmt.Sprintf("topic-%d", i), ID: metadata.TopicID{1, byte(i >> 8), byte(i)}, Partitions: fencePerName, ReplicationFactor: 3,
		})
		require.NoError(tb, err)
	}
	return s
}

func setFence(tb testing.TB, s *host.Store, id int32, epoch int64, state metadata.BrokerState) {
	tb.Helper()
	_, err := s.SetBrokerState(tb.Context(), metadata.BrokerStateSpec{ID: id, Epoch: epoch, State: state})
	require.NoError(tb, err)
}

// held is how many partitions a broker leads, and is in sync with.
type held struct{ leads, inSync int }

func heldBy(tb testing.TB, s *metadata.State, id int32) (h held) {
	tb.Helper()
	for topic := range s.AllTopics() {
		partitions, err := s.Partitions(topic.Name)
		require.NoError(tb, err)
		for _, p := range partitions {
			if p.Leader == id {
				h.leads++
			}
			if slices.Contains(p.ISR, id) {
				h.inSync++
			}
		}
	}
	return h
}

// What a fence does to 6,000 partitions, readers see all of or nothing of (G9).
func TestAFenceIsSeenWholeOrNotAtAll(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that no reader sees half a fence (200,000 partitions)")
	}
	s := fenceCluster(t)
	broker, err := s.Broker(t.Context(), fenced)
	require.NoError(t, err)
	all := heldBy(t, s.View(), fenced)
	require.Equal(t, fenceTopics*fencePerName*3/fenceBrokers, all.inSync)
	require.Equal(t, fenceTopics*fencePerName/fenceBrokers, all.leads)

	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	var before, after atomic.Int64
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				view := s.View()
				want, seen := all, &before
				if b, err := view.Broker(fenced); assert.NoError(t, err) && b.State == metadata.BrokerFenced {
					want, seen = held{}, &after
				}
				assert.Equal(t, want, heldBy(t, view, fenced), "half a fence")
				seen.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return before.Load() > 0 }, time.Minute, time.Millisecond)
	setFence(t, s, fenced, broker.Value.Epoch, metadata.BrokerFenced)
	require.Zero(t, heldBy(t, s.View(), fenced))
	require.Eventually(t, func() bool { return after.Load() > 0 }, time.Minute, time.Millisecond)
	stop()
	readers.Wait()
}

// BenchmarkFence is the event that changes most, through a host, and the longest
// that a local read took while it was applied. A core reads without a pause.
func BenchmarkFence(b *testing.B) {
	s := fenceCluster(b)
	broker, err := s.Broker(b.Context(), fenced)
	require.NoError(b, err)
	var fence, stall, calm time.Duration
	for b.Loop() {
		calm = max(calm, longestRead(b, s, func() { time.Sleep(20 * time.Millisecond) }))
		stall = max(stall, longestRead(b, s, func() {
			began := time.Now()
			setFence(b, s, fenced, broker.Value.Epoch, metadata.BrokerFenced)
			fence = max(fence, time.Since(began))
		}))
		setFence(b, s, fenced, broker.Value.Epoch, metadata.BrokerUnfenced)
		for topic := range fenceTopics { // back into every in-sync set
			reassign(b, s, fmt.Sprintf("topic-%d", topic))
		}
	}
	b.ReportMetric(float64(fence.Microseconds())/1000, "ms_fence")
	b.ReportMetric(float64(stall.Microseconds()), "µs_longest_read")
	b.ReportMetric(float64(calm.Microseconds()), "µs_longest_read_without")
}

// longestRead reads while something goes on.
func longestRead(b *testing.B, s *host.Store, meanwhile func()) (longest time.Duration) {
	b.Helper()
	ctx, done := context.WithCancel(b.Context())
	var reader sync.WaitGroup
	reader.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			began := time.Now()
			_, err := s.Leader(ctx, "topic-7", int32(i%fencePerName))
			longest = max(longest, time.Since(began))
			if err != nil && ctx.Err() == nil {
				b.Error(err)
			}
		}
	})
	meanwhile()
	done()
	reader.Wait()
	return longest
}

// reassign puts the fenced broker back where it was.
func reassign(b *testing.B, s *host.Store, topic string) {
	b.Helper()
	partitions, err := s.View().Partitions(topic)
	require.NoError(b, err)
	spec := metadata.BatchSpec{}
	for _, p := range partitions {
		if slices.Contains(p.Replicas, fenced) {
			spec.Operations = append(spec.Operations, metadata.BatchOperation{AssignPartition: &metadata.AssignmentSpec{
				Topic: topic, Partition: p.Index, Replicas: p.Replicas, Leader: p.Replicas[0],
			}})
		}
	}
	if len(spec.Operations) == 0 {
		return
	}
	_, err = s.Batch(b.Context(), spec)
	require.NoError(b, err)
}
