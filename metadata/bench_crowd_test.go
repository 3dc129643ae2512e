package metadata_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// size is how much of everything a state holds.
type size struct {
	topics, partitions, groups, offsets, transactions, segments int
}

// profileM is a large cluster: 1,000 topics with 70 partitions each, 1,000 groups
// with 200 offsets each.
var profileM = size{topics: 1000, partitions: 70, groups: 1000, offsets: 200, transactions: 1000, segments: 100_000}

// populate fills every table, as few events as it takes.
func (z size) populate(tb testing.TB) *metadata.State {
	tb.Helper()
	s := populated(tb, z.topics, int32(z.partitions))
	l := newLine(s)
	d := s.Draft()
	must := func(ev *eventpb.Event) {
		res, err := d.Apply(l.stamp(ev))
		require.NoError(tb, err)
		require.NoError(tb, res.Err())
		require.Empty(tb, res.Response.Failed)
	}
	for g := range z.groups {
		must(metadata.NewCommitOffsets(z.commit(g, z.offsets, 1)))
	}
	for i := range z.transactions {
		z.transact(i, must)
	}
	for from := 0; from < z.segments; from += 1000 {
		must(z.store(from, min(1000, z.segments-from)))
	}
	return d.State()
}

// commit is for the first n of the partitions that group g reads.
func (z size) commit(g, n int, offset int64) metadata.OffsetsSpec {
	spec := metadata.OffsetsSpec{Group: fmt.Sprintf("group-%06d", g), Generation: metadata.NoGeneration}
	for i := range n {
		at := g*7 + i
		spec.Offsets = append(spec.Offsets, metadata.OffsetCommit{
			Topic: topicName(at / z.partitions % z.topics), Partition: int32(at % z.partitions), Offset: offset, LeaderEpoch: 1,
		})
	}
	return spec
}

// transact leaves every tenth transaction open, with an offset in it.
func (z size) transact(i int, must func(*eventpb.Event)) {
	id := fmt.Sprintf("transaction-%06d", i)
	must(metadata.NewInitProducer(metadata.InitProducerSpec{
		TransactionalID: id, TimeoutMS: 60_000, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	}))
	if i%10 != 0 {
		return
	}
	producer := metadata.ProducerRef{TransactionalID: id, ProducerID: int64(i)}
	commit := z.commit(i%z.groups, 1, 2)
	must(metadata.NewAddTransactionOffsets(metadata.TransactionGroupSpec{ProducerRef: producer, Group: commit.Group}))
	must(metadata.NewCommitTransactionOffsets(metadata.TransactionOffsetsSpec{ProducerRef: producer, OffsetsSpec: commit}))
}

func (z size) store(from, n int) *eventpb.Event {
	spec := metadata.SegmentsSpec{}
	for i := from; i < from+n; i++ {
		at := i % (z.topics * z.partitions)
		spec.Segments = append(spec.Segments, metadata.SegmentSpec{
			SegmentKey:  metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: topicID(at / z.partitions), Partition: int32(at % z.partitions), ID: fmt.Sprintf("segment-%09d", i)},
			SegmentInfo: metadata.SegmentInfo{EndOffset: 1000, SizeBytes: 1 << 20, Records: 1000, Path: "s3://bucket/segments"},
		})
	}
	return metadata.NewPutSegments(spec)
}

// BenchmarkCommitOffsets is the event that a real cluster has most of.
func BenchmarkCommitOffsets(b *testing.B) {
	s := fillRequests(b, profileM.populate(b))
	for _, n := range []int{20, 200, 1000} {
		b.Run(fmt.Sprintf("partitions=%d", n), func(b *testing.B) {
			rate := applyAtOnce(b, s, commitEvents(b, s, n, b.N), func(*metadata.Draft) {})
			b.ReportMetric(rate*float64(n), "offsets/s_core")
		})
	}
}

// applyAtOnce applies events in batches, publishing after each, and returns how
// many a second of a core.
func applyAtOnce(b *testing.B, s *metadata.State, events [][]byte, each func(*metadata.Draft)) (rate float64) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime(b)
	for len(events) > 0 {
		n := min(batch, len(events))
		d := s.Draft()
		for _, raw := range events[:n] {
			ev, err := metadata.Decode(raw)
			if err != nil {
				b.Fatal(err)
			}
			if res, err := d.Apply(ev); err != nil || res.Code != 0 || len(res.Response.Failed) > 0 {
				b.Fatal(err, res)
			}
			each(d)
		}
		s, events = d.State(), events[n:]
	}
	rate = float64(b.N) / (cpuTime(b) - cpu).Seconds()
	b.ReportMetric(rate, "events/s_core")
	return rate
}

// BenchmarkApplyCrowded is P7 where every table is full, with what watchers are
// told, and without.
func BenchmarkApplyCrowded(b *testing.B) {
	s := fillRequests(b, profileM.populate(b))
	for _, kind := range []string{"mixed", "assign_partition", "create_topic", "commit_20"} {
		for _, told := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/changes=%t", kind, told), func(b *testing.B) {
				events := crowdEvents(b, s, kind, b.N)
				rate := applyAtOnce(b, s, events, func(d *metadata.Draft) {
					if told {
						d.Changes()
					}
				})
				b.ReportMetric(rate/budgetEventsPerSecond, "x_budget")
			})
		}
	}
}

func crowdEvents(b *testing.B, s *metadata.State, kind string, n int) [][]byte {
	b.Helper()
	if kind == "commit_20" {
		return commitEvents(b, s, 20, n)
	}
	return benchEvents(b, s, kind, n)
}

func commitEvents(b *testing.B, s *metadata.State, partitions, n int) [][]byte {
	b.Helper()
	l := newLine(s)
	out := make([][]byte, n)
	for i := range out {
		raw, err := metadata.Encode(l.stamp(metadata.NewCommitOffsets(profileM.commit(i%1000, partitions, int64(i)))))
		require.NoError(b, err)
		out[i] = raw
	}
	return out
}

// BenchmarkCrowdedSnapshot is P8 where every table is full.
func BenchmarkCrowdedSnapshot(b *testing.B) {
	before := liveHeap()
	s := fillRequests(b, profileM.populate(b))
	perRecord := float64(liveHeap()-before) / float64(allRecords(s))
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			_, err := s.WriteTo(io.Discard)
			require.NoError(b, err)
		}
		reportRate(b, allRecords(s))
		b.ReportMetric(perRecord, "B/record_resident")
	})
	b.Run("restore", func(b *testing.B) {
		var buf bytes.Buffer
		_, err := s.WriteTo(&buf)
		require.NoError(b, err)
		for b.Loop() {
			_, err := metadata.ReadState(bytes.NewReader(buf.Bytes()))
			require.NoError(b, err)
		}
		reportRate(b, allRecords(s))
	})
}

func allRecords(s *metadata.State) int {
	c := s.Counts()
	return c.Topics + c.Partitions + c.Brokers + c.Configs + c.Groups + c.Offsets + c.Transactions + c.Segments + c.Requests
}

func reportRate(b *testing.B, records int) {
	b.Helper()
	rate := float64(records) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "records/s")
	b.ReportMetric(rate/budgetRecordsPerSecond, "x_budget")
}

// BenchmarkGrowth is P10: medians at about a million records over those at about
// a thousand, of what a cluster does all day, in turn. Targets: 1.2 for a write,
// 2 for a read. The host around it costs the same in both.
func BenchmarkGrowth(b *testing.B) {
	small := size{topics: 10, partitions: 10, groups: 10, offsets: 50, transactions: 100, segments: 300}
	large := size{topics: 5000, partitions: 60, groups: 2000, offsets: 200, transactions: 10_000, segments: 300_000}
	states := map[string]*metadata.State{"small": small.populate(b), "large": large.populate(b)}
	sizes := map[string]size{"small": small, "large": large}
	for b.Loop() {
		writes, reads := map[string]time.Duration{}, map[string]time.Duration{}
		for name, s := range states {
			writes[name], reads[name] = sizes[name].medians(b, s)
		}
		b.ReportMetric(float64(writes["large"])/float64(writes["small"]), "write_ratio")
		b.ReportMetric(float64(reads["large"])/float64(reads["small"]), "read_ratio")
		b.ReportMetric(float64(writes["large"].Nanoseconds()), "ns_write_large")
		b.ReportMetric(float64(reads["large"].Nanoseconds()), "ns_read_large")
	}
}

// medians are of one event of 20 offsets, and of one read of a leader, an offset
// and a transaction.
func (z size) medians(b *testing.B, s *metadata.State) (write, read time.Duration) {
	b.Helper()
	const n = 5000
	l := newLine(s)
	d := s.Draft()
	var writes, reads []time.Duration
	for i := range n {
		ev := l.stamp(metadata.NewCommitOffsets(z.commit(i*31%z.groups, 20, int64(i))))
		began := time.Now()
		res, err := d.Apply(ev)
		writes = append(writes, time.Since(began))
		require.NoError(b, err)
		require.NoError(b, res.Err())
		if i%batch == 0 {
			d = d.State().Draft()
		}
	}
	for i := range n {
		o := z.commit(i*31%z.groups, 1, 0)
		id := fmt.Sprintf("transaction-%06d", i*17%z.transactions)
		began := time.Now()
		_, err := s.Leader(o.Offsets[0].Topic, o.Offsets[0].Partition)
		offset := s.Offset(o.Group, o.Offsets[0].Topic, o.Offsets[0].Partition)
		_, errTransaction := s.Transaction(id)
		reads = append(reads, time.Since(began))
		if err != nil || offset == nil || errTransaction != nil {
			b.Fatal(err, offset, errTransaction)
		}
	}
	slices.Sort(writes)
	slices.Sort(reads)
	return writes[n/2], reads[n/2]
}
