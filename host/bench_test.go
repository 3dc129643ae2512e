package host_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

func benchStore(b *testing.B) *host.Store {
	b.Helper()
	s, err := host.Open(b.Context(), host.Config{
		NodeID:  "n1",
		Backend: func(context.Context) (sdk.Backend, error) { return inmem.New(), nil },
	})
	require.NoError(b, err)
	b.Cleanup(func() { _ = s.Close() })
	require.NoError(b, s.WaitReady(b.Context()))
	return s
}

// BenchmarkLeader is P6: the leader of one of 1 M partitions, through the Store,
// and beside it from the bare state.
func BenchmarkLeader(b *testing.B) {
	s := benchStore(b)
	const topics, partitions = 100, 10_000
	names := make([]string, topics)
	for i := range names {
		names[i] = fmt.Sprintf("topic-%d", i)
		_, err := s.CreateTopic(b.Context(), metadata.TopicSpec{Name: names[i], Partitions: partitions, ReplicationFactor: 3})
		require.NoError(b, err)
	}
	ctx := b.Context()
	read := func(i int) error {
		_, err := s.Leader(ctx, names[i%topics], int32(i*7919%partitions))
		return err
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := read(i); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("state", func(b *testing.B) {
		b.ReportAllocs()
		state := s.View()
		for i := 0; b.Loop(); i++ {
			if _, err := state.Leader(names[i%topics], int32(i*7919%partitions)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				if err := read(i); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkWrite is the whole way of a write but the wall and the disk.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 16, 256, 1024} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := benchStore(b)
			began := s.Status().AppliedIndex
			var n atomic.Int64
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range writers {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						spec := metadata.TopicSpec{Name: fmt.Sprintf("t%d", i), Partitions: 1, ReplicationFactor: 1}
						if _, err := s.CreateTopic(b.Context(), spec); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/float64(s.Status().AppliedIndex-began), "events/entry")
		})
	}
}

// BenchmarkWatchers is P12: events a second with a thousand watchers over those
// without, turn by turn. Every watcher is told every change. Target: 0.8.
func BenchmarkWatchers(b *testing.B) {
	const watchers, writers, events = 1000, 64, 20_000
	var alone, watched time.Duration
	for b.Loop() {
		s := benchStore(b)
		alone += writeAll(b, s, writers, events)
		end := s.View().Revision() + events
		var wg sync.WaitGroup
		var begun atomic.Int64
		for range watchers {
			wg.Go(func() {
				if err := toldAll(b.Context(), s, end, func() { begun.Add(1) }); err != nil {
					b.Error(err)
				}
			})
		}
		require.Eventually(b, func() bool { return begun.Load() == watchers }, waitFor, tick)
		watched += writeAll(b, s, writers, events)
		wg.Wait()
	}
	b.ReportMetric(float64(b.N*events)/alone.Seconds(), "events/s_alone")
	b.ReportMetric(float64(b.N*events)/watched.Seconds(), "events/s_watched")
	b.ReportMetric(alone.Seconds()/watched.Seconds(), "ratio")
}

// toldAll watches up to a revision; an error says what was missed.
func toldAll(ctx context.Context, s *host.Store, end uint64, begun func()) error {
	var have uint64
	for m, err := range s.Watch(ctx) {
		switch {
		case err != nil:
			return err
		case have == 0:
			begun()
		case m.Kind == metadata.WatchState, m.Kind == metadata.WatchChange && m.Previous > have:
			return fmt.Errorf("what came between revision %d and %d wasn't told", have, m.Revision)
		}
		if have = m.Revision; have >= end {
			return nil
		}
	}
	return nil
}

// writeAll makes n topics from many goroutines and returns how long it took.
func writeAll(b *testing.B, s *host.Store, writers, n int) time.Duration {
	b.Helper()
	began := time.Now()
	base := s.View().Revision()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				spec := metadata.TopicSpec{Name: fmt.Sprintf("t%d-%d", base, i), Partitions: 1, ReplicationFactor: 1}
				if _, err := s.CreateTopic(b.Context(), spec); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// An allocation on the way of a local read is a mistake, not a matter of speed.
func TestLocalReadAllocatesNothing(t *testing.T) {
	s, err := open(t, host.Config{
		NodeID:  "n1",
		Backend: func(context.Context) (sdk.Backend, error) { return inmem.New(), nil },
	})
	require.NoError(t, err)
	require.NoError(t, s.WaitReady(t.Context()))
	_, err = s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	ctx := t.Context()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = s.Leader(ctx, "orders", 0)
		_, _ = s.Partition(ctx, "orders", 0)
		_, _ = s.Topic(ctx, "orders")
		_ = s.View()
	}))
}
