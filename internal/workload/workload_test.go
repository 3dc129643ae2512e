package workload_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/internal/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Four workers of 10 ms each are four hundred a second.
func TestLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mostAtOnce, atOnce atomic.Int64
		seen := make(chan int64, 1000)
		r, err := workload.Run(t.Context(), 4, time.Second, 100, func(_ context.Context, n int64) error {
			mostAtOnce.Store(max(mostAtOnce.Load(), atOnce.Add(1)))
			time.Sleep(10 * time.Millisecond)
			atOnce.Add(-1)
			seen <- n
			return nil
		})
		require.NoError(t, err)
		close(seen)
		numbers := map[int64]bool{}
		for n := range seen {
			numbers[n] = true
		}
		require.Len(t, numbers, 400)
		require.True(t, numbers[100])
		require.True(t, numbers[499])
		require.EqualValues(t, 4, mostAtOnce.Load())
		require.EqualValues(t, 400, r.Count)
		require.Equal(t, time.Second, r.Took)
		require.InDelta(t, 400, r.PerSecond(), 0.001)
		for _, p := range []time.Duration{r.P50, r.P99, r.Max} {
			require.InDelta(t, 10*time.Millisecond, p, float64(20*time.Microsecond))
		}
	})
}

// One slow operation in a hundred is beyond the median.
func TestPercentiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := workload.Run(t.Context(), 1, 10*time.Second, 0, func(_ context.Context, n int64) error {
			if n%50 == 0 {
				time.Sleep(99 * time.Millisecond)
			}
			time.Sleep(time.Millisecond)
			return nil
		})
		require.NoError(t, err)
		require.InDelta(t, time.Millisecond, r.P50, float64(10*time.Microsecond))
		require.InDelta(t, 100*time.Millisecond, r.P99, float64(time.Millisecond))
	})
}

func TestErrorEndsTheLoad(t *testing.T) {
	broken := errors.New("broken")
	r, err := workload.Run(t.Context(), 8, time.Minute, 0, func(ctx context.Context, n int64) error {
		if n == 20 {
			return broken
		}
		if n > 20 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	require.ErrorIs(t, err, broken)
	require.EqualValues(t, 20, r.Count)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = workload.Run(ctx, 8, time.Minute, 0, func(context.Context, int64) error { return nil })
	require.ErrorIs(t, err, context.Canceled)
}
