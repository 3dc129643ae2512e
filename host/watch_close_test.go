package host_test

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// Close ends every watch, wherever it stands, without waiting for who listens; and
// what has ended leaves nothing behind.
func TestCloseEndsEveryWatch(t *testing.T) {
	already := goleak.IgnoreCurrent()
	s := hosttest.Cluster(t, 1).Store(0)
	churn(t, s, 40)
	busy := make(chan struct{})
	listen := func(metadata.WatchMessage) bool { return true }
	kinds := []struct {
		opts []metadata.WatchOption
		take func(metadata.WatchMessage) bool // false: it stops by itself
		want error
	}{
		{nil, listen, metadata.ErrUnavailable},
		{[]metadata.WatchOption{metadata.FromRevision(0)}, listen, metadata.ErrUnavailable},
		{[]metadata.WatchOption{metadata.WithInitialState()}, listen, metadata.ErrUnavailable},
		{[]metadata.WatchOption{metadata.WatchNouns(metadata.NounSegment)}, listen, metadata.ErrUnavailable},
		{[]metadata.WatchOption{metadata.FromRevision(0)}, func(metadata.WatchMessage) bool { <-busy; return true }, metadata.ErrUnavailable},
		{[]metadata.WatchOption{metadata.WithInitialState()}, func(metadata.WatchMessage) bool { return false }, nil},
	}
	var begun, watches sync.WaitGroup
	ends := make([]error, len(kinds))
	for i, kind := range kinds {
		begun.Add(1)
		first := sync.OnceFunc(begun.Done)
		watches.Go(func() {
			for m, err := range s.Watch(t.Context(), kind.opts...) {
				if first(); err != nil {
					ends[i] = err
				} else if !kind.take(m) {
					return
				}
			}
		})
	}
	ahead := make(chan error, 1)
	go func() {
		for _, err := range s.Watch(t.Context(), metadata.FromRevision(math.MaxUint64)) {
			ahead <- err
		}
	}()
	begun.Wait()
	require.NoError(t, s.Close())
	close(busy)
	watches.Wait()
	for i, kind := range kinds {
		require.ErrorIs(t, ends[i], kind.want, "watch %d", i)
	}
	require.ErrorIs(t, <-ahead, metadata.ErrUnavailable)
	goleak.VerifyNone(t, already)
}

// A watch is a goroutine of its caller and nothing else: what a context ends is
// gone, while the store goes on.
func TestWatchLeavesNothingBehind(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	churn(t, s, 40)
	for name, store := range map[string]metadata.Store{"store": s, "bare": host.NewBare()} {
		t.Run(name, func(t *testing.T) {
			already := goleak.IgnoreCurrent()
			ctx, stop := context.WithCancel(t.Context())
			var begun, watches sync.WaitGroup
			for range 100 {
				begun.Add(1)
				first := sync.OnceFunc(begun.Done)
				watches.Go(func() {
					for range store.Watch(ctx, metadata.FromRevision(0)) {
						first()
					}
				})
			}
			begun.Wait()
			stop()
			watches.Wait()
			goleak.VerifyNone(t, already)
		})
	}
}
