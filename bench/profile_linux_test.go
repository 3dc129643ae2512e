package bench_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// Profile M: a large cluster as a steady load, for as long as steadyFor.
const (
	steadyFor = 10 * time.Second

	commitsPerSecond      = 2000
	commitPartitions      = 20
	partitionsPerSecond   = 17
	transactionsPerSecond = 50

	profileTopics, profilePartitions = 1000, 70
	profileGroups                    = 1000
	steadyWriters                    = 64
)

// BenchmarkProfileM says how much of the machine's cores the steady load of
// profile M takes on `local`, host and plugin together, and what it waits for a
// commit of offsets.
func BenchmarkProfileM(b *testing.B) {
	md := openLocal(b)
	for i := range profileTopics {
		_, err := md.CreateTopic(b.Context(), metadata.TopicSpec{Name: profileTopic(i), Partitions: profilePartitions, ReplicationFactor: 1})
		require.NoError(b, err)
	}
	producers := initProducers(b, md, transactionsPerSecond)
	for b.Loop() {
		used, began := cpuOf(b, os.Getpid())+cpuOf(b, md.Status().Plugin.PID), time.Now()
		l := &load{md: md, began: began}
		var running sync.WaitGroup
		running.Go(func() { l.steady(b.Context(), commitsPerSecond, l.commit) })
		running.Go(func() { l.steady(b.Context(), partitionsPerSecond, l.create) })
		running.Go(func() {
			l.steady(b.Context(), transactionsPerSecond, func(ctx context.Context, i int) error { return l.transact(ctx, producers[i%len(producers)], i) })
		})
		running.Wait()
		took := time.Since(began)
		used = cpuOf(b, os.Getpid()) + cpuOf(b, md.Status().Plugin.PID) - used
		require.Zero(b, l.failed.Load())
		slices.Sort(l.commits)
		b.ReportMetric(used.Seconds()/took.Seconds(), "cores")
		b.ReportMetric(float64(len(l.commits))/took.Seconds(), "commits/s")
		b.ReportMetric(float64(l.commits[len(l.commits)/2].Microseconds())/1000, "ms_p50")
		b.ReportMetric(float64(l.commits[len(l.commits)*99/100].Microseconds())/1000, "ms_p99")
	}
}

func profileTopic(i int) string { return fmt.Sprintf("orders-%04d", i) }

// load makes one kind of write at a steady rate. Several goroutines use it.
type load struct {
	md     *host.Store
	began  time.Time
	failed atomic.Int64

	mu      sync.Mutex
	commits []time.Duration
}

// steady does rate writes a second until steadyFor is over, at most steadyWriters
// at once: one that is due waits for none before it.
func (l *load) steady(ctx context.Context, rate int, write func(context.Context, int) error) {
	slots := make(chan struct{}, steadyWriters)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var writes sync.WaitGroup
	for i := 0; time.Since(l.began) < steadyFor; i++ {
		if due := l.began.Add(time.Duration(i) * time.Second / time.Duration(rate)); time.Until(due) > 0 {
			<-tick.C
		}
		slots <- struct{}{}
		writes.Go(func() {
			if err := write(ctx, i); err != nil {
				l.failed.Add(1)
			}
			<-slots
		})
	}
	writes.Wait()
}

func (l *load) commit(ctx context.Context, i int) error {
	group := i % profileGroups
	spec := metadata.OffsetsSpec{Group: "group-" + strconv.Itoa(group), Generation: metadata.NoGeneration}
	for n := range commitPartitions {
		at := group*7 + n
		spec.Offsets = append(spec.Offsets, metadata.OffsetCommit{
			Topic: profileTopic(at / profilePartitions % profileTopics), Partition: int32(at % profilePartitions), Offset: int64(i),
		})
	}
	began := time.Now()
	_, err := l.md.CommitOffsets(ctx, spec)
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commits = append(l.commits, took)
	return err
}

func (l *load) create(ctx context.Context, i int) error {
	name := fmt.Sprintf("new-%d-%d", l.began.UnixNano(), i)
	_, err := l.md.CreateTopic(ctx, metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: 1})
	return err
}

func initProducers(b *testing.B, md *host.Store, n int) (out []metadata.ProducerRef) {
	b.Helper()
	for i := range n {
		id := "transaction-" + strconv.Itoa(i)
		p, err := md.InitProducer(b.Context(), metadata.InitProducerSpec{
			TransactionalID: id, TimeoutMS: 60_000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
		})
		require.NoError(b, err)
		out = append(out, metadata.ProducerRef{TransactionalID: id, ProducerID: p.ProducerID, Epoch: p.Epoch})
	}
	return out
}

// transact is one transaction from its first partition to its end.
func (l *load) transact(ctx context.Context, p metadata.ProducerRef, i int) error {
	topic := metadata.TopicPartition{Topic: profileTopic(i % profileTopics)}
	if _, err := l.md.AddTransactionPartitions(ctx, metadata.TransactionPartitionsSpec{ProducerRef: p, Partitions: []metadata.TopicPartition{topic}}); err != nil {
		return err
	}
	if _, err := l.md.AddTransactionOffsets(ctx, metadata.TransactionGroupSpec{ProducerRef: p, Group: "streams"}); err != nil {
		return err
	}
	if _, err := l.md.CommitTransactionOffsets(ctx, metadata.TransactionOffsetsSpec{ProducerRef: p, OffsetsSpec: metadata.OffsetsSpec{
		Group: "streams", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{{Topic: topic.Topic, Offset: int64(i)}},
	}}); err != nil {
		return err
	}
	if _, err := l.md.PrepareTransaction(ctx, metadata.PrepareSpec{ProducerRef: p, Commit: true}); err != nil {
		return err
	}
	_, err := l.md.CompleteTransaction(ctx, p)
	return err
}

// cpuOf is what a process has used so far, of the kernel's hundredths of a second.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(b, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		require.NoError(b, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
