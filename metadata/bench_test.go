package metadata_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// The budgets are those of the performance goals; a ratio of 1 or more meets
// one. Run: go test -run '^$' -bench . -benchmem -cpu 1 ./metadata
const (
	budgetEventsPerSecond  = 300_000 // P7
	budgetBytesPartition   = 400     // P8
	budgetRecordsPerSecond = 500_000 // P8
	budgetStall            = 5 * time.Millisecond
	budgetLeader           = 200 * time.Nanosecond // P6, the lookup alone

	batch       = 64
	manyTopics  = 1_000
	manyPerName = 1_000
)

// BenchmarkLeader is P6 without the host around it.
func BenchmarkLeader(b *testing.B) {
	for _, size := range []struct{ topics, partitions int32 }{{10, 100}, {1_000, 1_000}, {10_000, 100}, {100_000, 10}} {
		b.Run(fmt.Sprintf("topics=%d/partitions=%d", size.topics, size.topics*size.partitions), func(b *testing.B) {
			s := populated(b, int(size.topics), size.partitions)
			names := make([]string, size.topics)
			for i := range names {
				names[i] = topicName(i)
			}
			var pick uint32
			b.ReportAllocs()
			for b.Loop() {
				pick = pick*1664525 + 1013904223
				_, err := s.Leader(names[pick%uint32(size.topics)], int32(pick>>8)%size.partitions)
				if err != nil {
					b.Fatal(err)
				}
			}
			perOp := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(budgetLeader)/float64(max(perOp, 1)), "x_budget")
		})
	}
}

// BenchmarkApply is P7: decode, apply, publish, in batches, while answers are
// evicted as fast as they are stored. The rate is by the time that all cores
// spent, the garbage collector's included, so other load on the machine hardly
// shows in it.
func BenchmarkApply(b *testing.B) {
	for _, kind := range []string{"mixed", "create_topic", "assign_partition", "alter_configs"} {
		b.Run(kind, func(b *testing.B) {
			s := populated(b, 10_000, 10)
			s = fillRequests(b, s)
			events := benchEvents(b, s, kind, b.N)
			var published atomic.Pointer[metadata.State]
			published.Store(s)
			b.ReportAllocs()
			b.ResetTimer()
			cpu := cpuTime(b)
			for len(events) > 0 {
				n := min(batch, len(events))
				d := published.Load().Draft()
				for _, raw := range events[:n] {
					ev, err := metadata.Decode(raw)
					if err != nil {
						b.Fatal(err)
					}
					if res, err := d.Apply(ev); err != nil || res.Code != 0 {
						b.Fatal(err, res)
					}
				}
				published.Store(d.State())
				events = events[n:]
			}
			rate := float64(b.N) / (cpuTime(b) - cpu).Seconds()
			b.ReportMetric(rate, "events/s_core")
			b.ReportMetric(rate/budgetEventsPerSecond, "x_budget")
		})
	}
}

// BenchmarkResident is P8's memory: what a partition costs in the live heap.
func BenchmarkResident(b *testing.B) {
	for b.Loop() {
		before := liveHeap()
		s := populated(b, manyTopics, manyPerName)
		perPartition := float64(liveHeap()-before) / float64(s.Counts().Partitions)
		b.ReportMetric(perPartition, "B/partition")
		kept := snapshot(b, s)
		before = liveHeap()
		restored := restore(b, kept)
		b.ReportMetric(float64(liveHeap()-before)/float64(s.Counts().Partitions), "B/partition_restored")
		runtime.KeepAlive(restored)
		runtime.KeepAlive(kept)
		b.ReportMetric(budgetBytesPartition/perPartition, "x_budget")
		runtime.KeepAlive(s)
	}
}

// BenchmarkSnapshotWrite and BenchmarkSnapshotRestore are P8's speed.
func BenchmarkSnapshotWrite(b *testing.B) {
	s := populated(b, manyTopics, manyPerName)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	reportRecords(b, s)
}

func BenchmarkSnapshotRestore(b *testing.B) {
	s := populated(b, manyTopics, manyPerName)
	var buf bytes.Buffer
	_, err := s.WriteTo(&buf)
	require.NoError(b, err)
	for b.Loop() {
		if _, err := metadata.ReadState(bytes.NewReader(buf.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(buf.Len())/float64(records(s)), "B/record")
	reportRecords(b, s)
}

// BenchmarkSnapshotStall is P9: the longest that one batch takes while a
// snapshot of a million records is written beside it, and the longest without
// one, which is what the machine itself does. The writer yields at every write,
// as one that waits for a disk or a plugin does.
func BenchmarkSnapshotStall(b *testing.B) {
	s := fillRequests(b, populated(b, manyTopics, manyPerName))
	events := benchEvents(b, s, "assign_partition", 400*batch)
	var with, without time.Duration
	for b.Loop() {
		without = max(without, longestBatch(b, s, events, func() bool { return false }))
		writing := make(chan error, 1)
		go func() {
			_, err := s.WriteTo(yielding{})
			writing <- err
		}()
		with = max(with, longestBatch(b, s, events, func() bool { return len(writing) > 0 }))
		require.NoError(b, <-writing)
	}
	b.ReportMetric(float64(with.Microseconds()), "µs_longest_batch")
	b.ReportMetric(float64(without.Microseconds()), "µs_longest_without")
	b.ReportMetric(float64(budgetStall)/float64(with), "x_budget")
}

type yielding struct{}

func (yielding) Write(b []byte) (int, error) {
	runtime.Gosched()
	return len(b), nil
}

// longestBatch applies events to s until they end or stop says so.
func longestBatch(b *testing.B, s *metadata.State, events [][]byte, stop func() bool) (longest time.Duration) {
	b.Helper()
	for len(events) > 0 && !stop() {
		began := time.Now()
		d := s.Draft()
		for _, raw := range events[:batch] {
			ev, err := metadata.Decode(raw)
			require.NoError(b, err)
			_, err = d.Apply(ev)
			require.NoError(b, err)
		}
		s, events = d.State(), events[batch:]
		longest = max(longest, time.Since(began))
	}
	return longest
}

// cpuTime is what this process has used so far.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reportRecords(b *testing.B, s *metadata.State) {
	b.Helper()
	rate := float64(records(s)) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "records/s")
	b.ReportMetric(rate/budgetRecordsPerSecond, "x_budget")
}

func records(s *metadata.State) int {
	c := s.Counts()
	return c.Topics + c.Partitions + c.Brokers + c.Configs + c.Groups + c.Offsets + c.Transactions + c.Segments + c.Requests
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func topicName(i int) string { return fmt.Sprintf("orders.eu-west-%06d", i) }

// populated has three unfenced brokers and the topics, three replicas each.
func populated(tb testing.TB, topics int, partitions int32) *metadata.State {
	tb.Helper()
	l := newLine(metadata.Genesis())
	for id := int32(1); id <= 3; id++ {
		l.must(tb, metadata.NewRegisterBroker(brokerSpec(id)))
		l.must(tb, metadata.NewSetBrokerState(metadata.BrokerStateSpec{ID: id, Epoch: int64(l.state.Revision()), State: metadata.BrokerUnfenced}))
	}
	d := l.state.Draft()
	for i := range topics {
		res, err := d.Apply(l.stamp(metadata.NewCreateTopic(metadata.TopicSpec{
			Name: topicName(i), ID: topicID(i), Partitions: partitions, ReplicationFactor: 3,
		})))
		require.NoError(tb, err)
		require.NoError(tb, res.Err())
	}
	l.state = d.State()
	return l.state
}

// fillRequests applies events until every new answer evicts an old one.
func fillRequests(tb testing.TB, s *metadata.State) *metadata.State {
	tb.Helper()
	l := newLine(s)
	d := l.state.Draft()
	for d.Revision() < 66_000 {
		_, err := d.Apply(l.stamp(metadata.NewDeleteTopic(metadata.TopicRef{Name: "absent"})))
		require.NoError(tb, err)
	}
	return d.State()
}

// benchEvents are n encoded events that all are accepted, in order, after s.
// They lie in one piece, so that the collector hardly sees them.
func benchEvents(tb testing.TB, s *metadata.State, kind string, n int) [][]byte {
	tb.Helper()
	return encoded(tb, s, n, func(i int) *eventpb.Event { return benchEvent(kind, i) })
}

func encoded(tb testing.TB, s *metadata.State, n int, event func(i int) *eventpb.Event) [][]byte {
	tb.Helper()
	l := newLine(s)
	var all []byte
	ends := make([]int, n)
	for i := range ends {
		raw, err := metadata.Encode(l.stamp(event(i)))
		require.NoError(tb, err)
		all = append(all, raw...)
		ends[i] = len(all)
	}
	out, from := make([][]byte, n), 0
	for i, to := range ends {
		out[i], from = all[from:to:to], to
	}
	return out
}

func benchEvent(kind string, i int) *eventpb.Event {
	topic := topicName(i * 7919 % manyTopics)
	switch kind {
	case "create_topic":
		return metadata.NewCreateTopic(metadata.TopicSpec{
			Name: fmt.Sprintf("new-%09d", i), ID: topicID(1<<20 + i), Partitions: 1, ReplicationFactor: 3,
		})
	case "assign_partition":
		leader := int32(i/manyTopics%3) + 1
		return metadata.NewAssignPartition(metadata.AssignmentSpec{
			Topic: topic, Partition: int32(i % 10), Replicas: []int32{leader, leader%3 + 1}, Leader: leader,
		})
	case "alter_configs":
		value := strconv.Itoa(3_600_000 + i)
		return metadata.NewAlterConfigs(metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: topic},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "retention.ms", Value: &value}},
		})
	default:
		return mixedEvent(i)
	}
}

// mixedEvent: of eight, a topic comes and goes, two configurations change and
// four partitions move.
func mixedEvent(i int) *eventpb.Event {
	switch i % 8 {
	case 0:
		return benchEvent("create_topic", i)
	case 7:
		return metadata.NewDeleteTopic(metadata.TopicRef{ID: topicID(1<<20 + i - 7)})
	case 1, 2:
		return benchEvent("alter_configs", i)
	default:
		return benchEvent("assign_partition", i)
	}
}
