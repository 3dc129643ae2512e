package plugin_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// counter is a host that only counts what is delivered.
type counter struct{ applied chan int }

func (c *counter) Apply(_ context.Context, entries ...sdk.Entry) error {
	c.applied <- len(entries)
	return nil
}
func (c *counter) Snapshot(context.Context) (sdk.Snapshot, error) { return nil, sdk.ErrUnsupported }
func (c *counter) Restore(context.Context, io.Reader) error       { return nil }
func (c *counter) SetStatus(sdk.Status)                           {}

// walls are a proxy before a backend in this process, and before one in its own.
func walls(b *testing.B, run func(b *testing.B, p *plugin.Proxy, c *counter)) {
	b.Helper()
	b.Run("process", func(b *testing.B) {
		c := &counter{applied: make(chan int, 1024)}
		run(b, startChild(b, "plain", nil).open(b, c), c)
	})
	b.Run("same", func(b *testing.B) {
		c := &counter{applied: make(chan int, 1024)}
		w := newWall(b, &echo{}, nil, plugin.ProxyConfig{})
		w.open(b, c)
		run(b, w.proxy, c)
	})
}

// BenchmarkCircle is one writer: propose, wait until it is delivered and
// answered, over a unix socket.
func BenchmarkCircle(b *testing.B) {
	walls(b, func(b *testing.B, p *plugin.Proxy, c *counter) {
		b.Helper()
		data := make([]byte, 256)
		rounds(b, func() {
			require.NoError(b, p.Propose(context.Background(), data))
			<-c.applied
		})
	})
	b.Run("mirror", mirror)
}

// mirror is the floor: the same bytes to another process and back over pipes,
// with no protocol at all.
func mirror(b *testing.B) {
	cmd := byHand(b)
	cmd.Env = append(cmd.Env, childEnv+"=mirror")
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	data := make([]byte, 256)
	rounds(b, func() {
		_, err := in.Write(data)
		require.NoError(b, err)
		_, err = io.ReadFull(out, data)
		require.NoError(b, err)
	})
	require.NoError(b, in.Close())
	require.NoError(b, cmd.Wait())
}

func rounds(b *testing.B, round func()) {
	b.Helper()
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		round()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
}

// BenchmarkThroughput has 2 and 16 writers.
func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{256, 64 << 10} {
		for _, writers := range []int{2, 16} {
			b.Run(fmt.Sprintf("%dB-%dwriters", size, writers), func(b *testing.B) {
				walls(b, func(b *testing.B, p *plugin.Proxy, c *counter) {
					b.Helper()
					data := make([]byte, size)
					b.SetBytes(int64(size))
					b.ReportAllocs()
					delivered := make(chan struct{})
					go func() {
						defer close(delivered)
						for n := 0; n < b.N; {
							n += <-c.applied
						}
					}()
					b.ResetTimer()
					b.SetParallelism(writers / 2) // of each of two processors
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							require.NoError(b, p.Propose(context.Background(), data))
						}
					})
					<-delivered
				})
			})
		}
	}
}
