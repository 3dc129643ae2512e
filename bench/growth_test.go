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

// BenchmarkP10Growth holds one writer's and one reader's median on a node with a
// million records against one with a thousand, turn by turn. Targets: 1.2 and 2.
func BenchmarkP10Growth(b *testing.B) {
	small, large := extent{10, 50, 1, 10, 50}, extent{5000, 100, 1, 2500, 200}
	few, many := openLocal(b), openLocal(b)
	small.fill(b, few)
	large.fill(b, many)
	var writeFew, writeMany, readFew, readMany []time.Duration
	timed := func(into *[]time.Duration, do func() error) {
		began := time.Now()
		err := do()
		*into = append(*into, time.Since(began))
		require.NoError(b, err)
	}
	for n := 0; b.Loop(); n++ {
		timed(&writeFew, func() error { return small.commit(b.Context(), few, n%small.groups, 20, int64(n)) })
		timed(&writeMany, func() error { return large.commit(b.Context(), many, n*31%large.groups, 20, int64(n)) })
		timed(&readFew, func() error {
			_, err := few.Leader(b.Context(), profileTopic(n*31%small.topics), int32(n%small.partitions))
			return err
		})
		timed(&readMany, func() error {
			_, err := many.Leader(b.Context(), profileTopic(n*31%large.topics), int32(n%large.partitions))
			return err
		})
	}
	counts := many.Status().Counts
	b.ReportMetric(float64(counts.Partitions+counts.Offsets), "records")
	b.ReportMetric(float64(median(writeMany).Microseconds()), "µs-write-p50")
	b.ReportMetric(float64(median(writeMany))/float64(median(writeFew)), "write-ratio")
	b.ReportMetric(float64(median(readMany))/float64(median(readFew)), "read-ratio")
}
