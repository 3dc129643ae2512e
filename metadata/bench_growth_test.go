package metadata_test

import (
	"testing"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// grown is a small cluster and what may become of it: about a thousand records
// and a million, and in both as many stored answers as are kept.
var grown = [2]extent{
	{brokers: 5, topics: 10, partitions: 25, groups: 10, offsets: 400, transactions: 40, segments: 250, answers: true},
	{brokers: 40, topics: 5_000, partitions: 50, groups: 5_000, offsets: 500_000, transactions: 5_000, segments: 235_000, answers: true},
}

// growthTurns is after how many turns the same comes again.
const growthTurns = 256

// BenchmarkGrowth is P10 of the state alone: medians at a million records over
// those at a thousand, turn by turn, by batches of 64 at once. Every batch is
// applied to the same state, which so stays as large as it is. The way through a
// host and a backend costs the same in both, so that a whole write grows by less
// (BenchmarkP10Growth in bench). Targets: 1.2 for a write, 2 for a read.
func BenchmarkGrowth(b *testing.B) {
	var states [2]*metadata.State
	for side, x := range grown {
		states[side] = x.populate(b)
		b.Logf("%d records", records(states[side])-states[side].Counts().Requests)
	}
	for _, kind := range []string{"commit_20", "create_topic", "put_segment"} {
		b.Run("write/"+kind, func(b *testing.B) {
			var batches [2][growthTurns][][]byte
			for side, x := range grown {
				for turn := range growthTurns {
					batches[side][turn] = encoded(b, states[side], batch, func(i int) *eventpb.Event { return x.event(kind, turn*batch+i) })
				}
			}
			reportGrowth(b, func(side, turn int) { oneBatch(b, states[side], batches[side][turn%growthTurns], false) })
		})
	}
	for _, r := range growthReaders {
		b.Run("read/"+r.name, func(b *testing.B) {
			places := [2][]lookup{grown[0].lookups(growthTurns * batch), grown[1].lookups(growthTurns * batch)}
			reportGrowth(b, func(side, turn int) {
				from := turn % growthTurns * batch
				for i := range places[side][from : from+batch] {
					if !r.read(states[side], &places[side][from+i]) {
						b.Fatal("nothing there")
					}
				}
			})
		})
	}
}

func reportGrowth(b *testing.B, do func(side, turn int)) {
	b.Helper()
	small, large := inTurn(b, do)
	b.ReportMetric(float64(small.Nanoseconds())/batch, "ns_small")
	b.ReportMetric(float64(large.Nanoseconds())/batch, "ns_large")
	b.ReportMetric(float64(large)/float64(small), "ratio")
}

// lookup is what a caller knows who reads.
type lookup struct {
	group, topic, transaction string
	partition                 int32
}

// lookups are n places that are all there, here and there.
func (x extent) lookups(n int) []lookup {
	out := make([]lookup, n)
	for i := range out {
		group := i * 7919 % x.groups
		topic, partition := x.place(x.firstOf(group), i%x.offsetsOf(group))
		out[i] = lookup{groupName(group), topicName(topic), transactionName(i * 7919 % x.transactions), partition}
	}
	return out
}

var growthReaders = []struct {
	name string
	read func(*metadata.State, *lookup) bool
}{
	{"leader", func(s *metadata.State, l *lookup) bool {
		_, err := s.Leader(l.topic, l.partition)
		return err == nil
	}},
	{"offset", func(s *metadata.State, l *lookup) bool { return s.Offset(l.group, l.topic, l.partition) != nil }},
	{"transaction", func(s *metadata.State, l *lookup) bool {
		_, err := s.Transaction(l.transaction)
		return err == nil
	}},
}
