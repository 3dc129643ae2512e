package bench_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// extent is how much a node holds.
type extent struct {
	topics, partitions int // partitions of each topic
	replicas           int32
	groups, offsets    int // offsets of each group
}

func profileTopic(i int) string { return fmt.Sprintf("orders-%04d", i) }

// fill makes it, many writes at once.
func (x extent) fill(b *testing.B, md *host.Store) {
	b.Helper()
	all := func(n int, write func(int) error) {
		var wg sync.WaitGroup
		slots := make(chan struct{}, manyWriters)
		for i := range n {
			slots <- struct{}{}
			wg.Go(func() {
				if err := write(i); err != nil {
					b.Error(err)
				}
				<-slots
			})
		}
		wg.Wait()
	}
	all(x.topics, func(i int) error {
		_, err := md.CreateTopic(b.Context(), metadata.TopicSpec{Name: profileTopic(i), Partitions: int32(x.partitions), ReplicationFactor: x.replicas})
		return err
	})
	all(x.groups, func(g int) error { return x.commit(b.Context(), md, g, x.offsets, 0) })
}

// commit is for the first n partitions that a group reads.
func (x extent) commit(ctx context.Context, md *host.Store, g, n int, offset int64) error {
	_, err := md.CommitOffsets(ctx, x.offsetsOf(g, n, offset))
	return err
}

func (x extent) offsetsOf(g, n int, offset int64) metadata.OffsetsSpec {
	spec := metadata.OffsetsSpec{Group: fmt.Sprintf("group-%d", g), Generation: metadata.NoGeneration}
	for i := range n {
		at := g*7 + i
		spec.Offsets = append(spec.Offsets, metadata.OffsetCommit{
			Topic: profileTopic(at / x.partitions % x.topics), Partition: int32(at % x.partitions), Offset: offset,
		})
	}
	return spec
}

// The sizes of P10: 1,000 records and a million.
var (
	smallExtent = extent{10, 50, 1, 10, 50}
	largeExtent = extent{5000, 100, 1, 2500, 200}
)

// BenchmarkP10Growth holds one writer's and one reader's median on a node with a
// million records against one with a thousand, turn by turn. Targets: 1.2 and 2.
func BenchmarkP10Growth(b *testing.B) {
	growth(b, openLocal(b), openLocal(b))
}

// BenchmarkP10GrowthReplicated is P10 on the leaders of three nodes each, with
// linearizable reads beside the local ones.
func BenchmarkP10GrowthReplicated(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			few, many := openCluster(b, openHost(e.name), e.calm), openCluster(b, openHost(e.name), e.calm)
			growth(b, few.leader(b).(hostMember).Store, many.leader(b).(hostMember).Store)
			few.agree(b)
			many.agree(b)
		})
	}
}

func growth(b *testing.B, few, many *host.Store) {
	b.Helper()
	smallExtent.fill(b, few)
	largeExtent.fill(b, many)
	small, large := &grown{md: few, extent: smallExtent}, &grown{md: many, extent: largeExtent}
	for n := 0; b.Loop(); n++ {
		small.round(b, n)
		large.round(b, n)
	}
	counts := many.Status().Counts
	b.ReportMetric(float64(counts.Partitions+counts.Offsets), "records")
	b.ReportMetric(inMS(median(large.writes)), "ms-write-p50")
	b.ReportMetric(ratio(large.writes, small.writes), "write-ratio")
	b.ReportMetric(ratio(large.reads, small.reads), "read-ratio")
	if few.Status().Plugin.Claims.Has(sdk.CanReadBarrier) {
		b.ReportMetric(ratio(large.linearizable, small.linearizable), "linearizable-ratio")
	}
}

func ratio(of, to []time.Duration) float64 { return float64(median(of)) / float64(median(to)) }

// grown is a node of some size, and how long each operation took.
type grown struct {
	md                          *host.Store
	extent                      extent
	writes, reads, linearizable []time.Duration
}

// round does one operation of each kind.
func (g *grown) round(b *testing.B, n int) {
	b.Helper()
	x := g.extent
	timed := func(into *[]time.Duration, do func() error) {
		began := time.Now()
		err := do()
		*into = append(*into, time.Since(began))
		require.NoError(b, err)
	}
	read := func(opts ...metadata.ReadOption) error {
		_, err := g.md.Leader(b.Context(), profileTopic(n*31%x.topics), int32(n%x.partitions), opts...)
		return err
	}
	timed(&g.writes, func() error { return x.commit(b.Context(), g.md, n*31%x.groups, 20, int64(n)) })
	timed(&g.reads, func() error { return read() })
	timed(&g.linearizable, func() error { return read(metadata.Linearizable()) })
}
