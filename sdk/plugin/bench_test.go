package plugin_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// counter is a host that only tells that entries have come.
type counter struct{ applied chan int }

func (c *counter) Apply(_ context.Context, entries ...sdk.Entry) error {
	c.applied <- len(entries)
	return nil
}
func (c *counter) Snapshot(context.Context) (sdk.Snapshot, error) { return nil, sdk.ErrUnsupported }
func (c *counter) Restore(context.Context, io.Reader) error       { return nil }
func (c *counter) SetStatus(sdk.Status)                           {}

// BenchmarkCircle is one writer: propose, wait until it is delivered.
func BenchmarkCircle(b *testing.B) {
	c := &counter{applied: make(chan int, 1)}
	w := newWall(b, &echo{}, nil, plugin.ProxyConfig{})
	w.open(b, c)
	data := make([]byte, 256)
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		start := time.Now()
		go func() { _ = w.proxy.Propose(context.Background(), data) }()
		<-c.applied
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkThroughput keeps a few large entries in flight.
func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{256, 64 << 10} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			c := &counter{applied: make(chan int, 1024)}
			w := newWall(b, &echo{}, nil, plugin.ProxyConfig{})
			w.open(b, c)
			data := make([]byte, size)
			b.SetBytes(int64(size))
			var wg sync.WaitGroup
			slots := make(chan struct{}, 16)
			applied, proposed := 0, 0
			for b.Loop() {
				for proposed-applied >= cap(slots) {
					applied += <-c.applied
				}
				proposed++
				slots <- struct{}{}
				wg.Go(func() {
					require.NoError(b, w.proxy.Propose(context.Background(), data))
					<-slots
				})
			}
			wg.Wait()
		})
	}
}
