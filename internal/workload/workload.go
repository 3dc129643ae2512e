// Package workload puts a load on something, and says what it took: so many workers, each
// of which begins its next operation when its last one is over.
package workload

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what a load came to.
type Result struct {
	Count         int64
	Took          time.Duration
	P50, P99, Max time.Duration // of one operation
}

// PerSecond is the rate of all workers together.
func (r Result) PerSecond() float64 { return float64(r.Count) / r.Took.Seconds() }

// Run has workers do op until d is over, and returns when all are done. n counts from
// base up, and no two operations have the same. The first error ends the load and is
// returned, as is the end of ctx. Many goroutines call op at once.
func Run(ctx context.Context, workers int, d time.Duration, base int64, op func(ctx context.Context, n int64) error) (Result, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	next.Store(base - 1)
	times := newTimes()
	begin := time.Now()
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				sent := time.Now()
				if sent.Sub(begin) >= d {
					return
				}
				if err := op(ctx, next.Add(1)); err != nil {
					stop(err)
					return
				}
				times.add(worker, time.Since(sent))
			}
		})
	}
	all.Wait()
	return times.result(time.Since(begin)), context.Cause(ctx)
}

// The histograms count microseconds, to three digits.
const (
	longest = int64(10 * time.Minute / time.Microsecond)
	digits  = 3
)

// times are histograms, one for some of the workers: a thousand have no room, and one
// would be in everybody's way.
type times []*shard

type shard struct {
	mu   sync.Mutex
	hist *hdrhistogram.Histogram
}

func newTimes() times {
	t := make(times, 2*runtime.GOMAXPROCS(0))
	for i := range t {
		t[i] = &shard{hist: hdrhistogram.New(1, longest, digits)}
	}
	return t
}

func (t times) add(worker int, took time.Duration) {
	s := t[worker%len(t)]
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.hist.RecordValue(min(took.Microseconds(), longest)) // in range
}

func (t times) result(took time.Duration) Result {
	sum := hdrhistogram.New(1, longest, digits)
	for _, s := range t {
		sum.Merge(s.hist)
	}
	at := func(quantile float64) time.Duration {
		return time.Duration(sum.ValueAtQuantile(quantile)) * time.Microsecond
	}
	return Result{Count: sum.TotalCount(), Took: took, P50: at(50), P99: at(99), Max: at(100)}
}
