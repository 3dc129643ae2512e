package bench_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// Profile M: a large cluster as a steady load, for as long as steadyFor.
const (
	steadyFor = 20 * time.Second

	commitsPerSecond      = 2000
	commitPartitions      = 20
	creationsPerSecond    = 17
	transactionsPerSecond = 50

	profileBrokers      = 40
	profileTransactions = 1000
	steadyWriters       = 64
)

var profile = extent{topics: 1000, partitions: 70, replicas: 3, groups: 1000, offsets: 200}

// BenchmarkProfileM says how much of the machine's cores the steady load of
// profile M takes on `local`, host and plugin together, whoever makes the load
// included, and how long a commit of offsets takes: from when it was sent, and,
// as late, from when it was due.
func BenchmarkProfileM(b *testing.B) {
	md := openLocal(b)
	registerBrokers(b, md, profileBrokers)
	profile.fill(b, md)
	producers := initProducers(b, md, profileTransactions)
	plugin := md.Status().Plugin.PID
	for b.Loop() {
		began := time.Now()
		used := [2]time.Duration{cpuOf(b, os.Getpid()), cpuOf(b, plugin)}
		commits := &pace{rate: commitsPerSecond, write: func(ctx context.Context, i int) error {
			return profile.commit(ctx, md, i%profile.groups, commitPartitions, int64(i))
		}}
		creations := &pace{rate: creationsPerSecond, write: func(ctx context.Context, i int) error {
			name := fmt.Sprintf("new-%d-%d", began.UnixNano(), i)
			_, err := md.CreateTopic(ctx, metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: profile.replicas})
			return err
		}}
		transactions := &pace{rate: transactionsPerSecond, write: func(ctx context.Context, i int) error {
			return transact(ctx, md, producers[i%len(producers)], i)
		}}
		var running sync.WaitGroup
		for _, p := range []*pace{commits, creations, transactions} {
			running.Go(func() { p.run(b, began) })
		}
		running.Wait()
		took := time.Since(began)
		hostUsed, pluginUsed := cpuOf(b, os.Getpid())-used[0], cpuOf(b, plugin)-used[1]
		require.Equal(b, plugin, md.Status().Plugin.PID, "the plugin was started again")

		b.ReportMetric((hostUsed+pluginUsed).Seconds()/took.Seconds(), "cores")
		b.ReportMetric(pluginUsed.Seconds()/took.Seconds(), "cores_plugin")
		b.ReportMetric(commits.achieved(took), "commits/s")
		b.ReportMetric(creations.achieved(took), "creations/s")
		b.ReportMetric(transactions.achieved(took), "transactions/s")
		b.ReportMetric(milliseconds(commits.took, 50), "ms_p50")
		b.ReportMetric(milliseconds(commits.took, 99), "ms_p99")
		b.ReportMetric(milliseconds(commits.late, 50), "ms_late_p50")
		b.ReportMetric(milliseconds(commits.late, 99), "ms_late_p99")
	}
}

func milliseconds(d []time.Duration, percentile int) float64 {
	slices.Sort(d)
	return float64(d[len(d)*percentile/100].Microseconds()) / 1000
}

// pace makes writes of one kind at an even rate.
type pace struct {
	rate  int // a second
	write func(ctx context.Context, i int) error

	mu   sync.Mutex
	took []time.Duration // of each write, since it was sent
	late []time.Duration // likewise, since it was due
}

// run goes on until steadyFor is over, with at most steadyWriters at once: one
// that is due waits for none before it.
func (p *pace) run(b *testing.B, began time.Time) {
	b.Helper()
	slots := make(chan struct{}, steadyWriters)
	var writes sync.WaitGroup
	for i := range int(steadyFor.Seconds()) * p.rate {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(p.rate))
		time.Sleep(time.Until(due))
		slots <- struct{}{}
		writes.Go(func() {
			defer func() { <-slots }()
			sent := time.Now()
			if err := p.write(b.Context(), i); err != nil {
				b.Error(err)
				return
			}
			p.done(sent, due)
		})
	}
	writes.Wait()
}

func (p *pace) done(sent, due time.Time) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took, p.late = append(p.took, now.Sub(sent)), append(p.late, now.Sub(due))
}

func (p *pace) achieved(in time.Duration) float64 { return float64(len(p.took)) / in.Seconds() }

func registerBrokers(b *testing.B, md *host.Store, n int) {
	b.Helper()
	for i := range n {
		id := int32(i)
		r, err := md.RegisterBroker(b.Context(), metadata.BrokerSpec{
			ID: id, Incarnation: metadata.Incarnation{1}, Endpoints: []metadata.Endpoint{{Name: "PLAINTEXT", Host: "broker", Port: 9092, SecurityProtocol: "PLAINTEXT"}},
		})
		require.NoError(b, err)
		_, err = md.SetBrokerState(b.Context(), metadata.BrokerStateSpec{ID: id, Epoch: r.Epoch, State: metadata.BrokerUnfenced})
		require.NoError(b, err)
	}
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
func transact(ctx context.Context, md *host.Store, p metadata.ProducerRef, i int) error {
	offsets := profile.offsetsOf(i%profile.groups, 1, int64(i))
	topic := metadata.TopicPartition{Topic: offsets.Offsets[0].Topic, Partition: offsets.Offsets[0].Partition}
	if _, err := md.AddTransactionPartitions(ctx, metadata.TransactionPartitionsSpec{ProducerRef: p, Partitions: []metadata.TopicPartition{topic}}); err != nil {
		return err
	}
	if _, err := md.AddTransactionOffsets(ctx, metadata.TransactionGroupSpec{ProducerRef: p, Group: offsets.Group}); err != nil {
		return err
	}
	if _, err := md.CommitTransactionOffsets(ctx, metadata.TransactionOffsetsSpec{ProducerRef: p, OffsetsSpec: offsets}); err != nil {
		return err
	}
	if _, err := md.PrepareTransaction(ctx, metadata.PrepareSpec{ProducerRef: p, Commit: true}); err != nil {
		return err
	}
	_, err := md.CompleteTransaction(ctx, p)
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
