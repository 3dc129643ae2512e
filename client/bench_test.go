package client_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

// BenchmarkStore puts a remote node beside the same node in this process, so
// that the difference is what the API costs.
func BenchmarkStore(b *testing.B) {
	store := hosttest.Cluster(b, 1).Store(0)
	l, err := server.Listen(b.Context(), "bench", "127.0.0.1:0")
	require.NoError(b, err)
	s := server.New(store, server.Config{GRPC: l})
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	c, err := client.Dial(l.Addr().String())
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, c.Close())
		require.NoError(b, s.Shutdown(context.Background()))
		require.NoError(b, <-served)
	})
	_, err = store.CreateTopic(b.Context(), orders)
	require.NoError(b, err)

	var names atomic.Uint64
	for _, at := range []struct {
		name  string
		store metadata.Store
	}{{"in process", store}, {"remote", c}} {
		for _, parallel := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/write/%d", at.name, parallel), func(b *testing.B) {
				each(b, parallel, func() error {
					_, err := at.store.CreateTopic(b.Context(), metadata.TopicSpec{
						Name: fmt.Sprintf("t%d", names.Add(1)), Partitions: 1, ReplicationFactor: 1,
					})
					return err
				})
			})
			b.Run(fmt.Sprintf("%s/read/%d", at.name, parallel), func(b *testing.B) {
				each(b, parallel, func() error {
					_, err := at.store.Partition(b.Context(), "orders", 1)
					return err
				})
			})
		}
	}
}

// each runs do b.N times over that many goroutines.
func each(b *testing.B, goroutines int, do func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan error, goroutines)
	b.ResetTimer()
	for range goroutines {
		go func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range goroutines {
		require.NoError(b, <-done)
	}
}
