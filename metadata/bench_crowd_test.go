package metadata_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// BenchmarkCommitOffsets is the event that a real cluster has most of. Every
// offset takes another's place, as a consumer's do.
func BenchmarkCommitOffsets(b *testing.B) {
	s := profileM.populate(b)
	for _, n := range []int{20, 200, 1000} {
		b.Run(fmt.Sprintf("partitions=%d", n), func(b *testing.B) {
			events := encoded(b, s, b.N, func(i int) *eventpb.Event { return profileM.commitNext(i, n) })
			rate := applyAtOnce(b, s, events)
			b.ReportMetric(rate*float64(n), "offsets/s_core")
		})
	}
}

// BenchmarkApplyCrowded is P7 where every table is full, with what watchers are
// told, as a host applies. The kind profile_m is what such a cluster does all
// day, in its proportions.
func BenchmarkApplyCrowded(b *testing.B) {
	s := profileM.populate(b)
	for _, kind := range crowdKinds {
		b.Run(kind, func(b *testing.B) {
			events := encoded(b, s, b.N, func(i int) *eventpb.Event { return profileM.event(kind, i) })
			rate := applyAtOnce(b, s, events)
			b.ReportMetric(rate/budgetEventsPerSecond, "x_budget")
		})
	}
}

var crowdKinds = []string{
	"mixed", "assign_partition", "create_topic", "alter_configs", "commit_20", "put_segment", "transaction", "profile_m",
}

// event is the i-th of a kind, which is accepted if those before it were.
func (x extent) event(kind string, i int) *eventpb.Event {
	switch kind {
	case "commit_20":
		return x.commitNext(i, 20)
	case "put_segment":
		return x.putSegments(x.segments+i, 1)
	case "transaction":
		return x.transaction(x.idle(i / transactionEvents))[i%transactionEvents]
	case "profile_m":
		return x.profileEvent(i)
	default:
		return benchEvent(kind, i)
	}
}

// profileEvent: 2,000 commits of offsets, 17 creations of a partition and 50
// transactions in a second are nearly 120, 1 and 3.
func (x extent) profileEvent(i int) *eventpb.Event {
	const commits, all = 120, 120 + 1 + 3*transactionEvents
	round, at := i/all, i%all
	switch {
	case at < commits:
		return x.commitNext(round*commits+at, 20)
	case at == commits:
		return metadata.NewCreatePartitions(metadata.PartitionsSpec{
			Topic: topicName(round % x.topics), Total: x.partitions + 1 + int32(round/x.topics),
		})
	default:
		return x.event("transaction", round*3*transactionEvents+at-commits-1)
	}
}

// commitNext is the i-th commit of n offsets that are there: of all groups in
// turn, or of the large ones if others have fewer.
func (x extent) commitNext(i, n int) *eventpb.Event {
	groups := x.groups
	if n > x.offsets/x.groups/2 {
		groups /= 10
	}
	group := i * 7919 % groups
	from := i / groups * n % (x.offsetsOf(group) - n + 1)
	return x.commit(group, from, n, int64(i))
}

// applyAtOnce applies events in batches, publishing after each, and returns how
// many a second of a core.
func applyAtOnce(b *testing.B, s *metadata.State, events [][]byte) (rate float64) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime(b)
	for len(events) > 0 {
		n := min(batch, len(events))
		s = oneBatch(b, s, events[:n], true)
		events = events[n:]
	}
	rate = float64(b.N) / (cpuTime(b) - cpu).Seconds()
	b.ReportMetric(rate, "events/s_core")
	return rate
}

// oneBatch is what comes of s after events, which are all accepted.
func oneBatch(b *testing.B, s *metadata.State, events [][]byte, told bool) *metadata.State {
	b.Helper()
	d := s.Draft()
	for _, raw := range events {
		ev, err := metadata.Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		if res, err := d.Apply(ev); err != nil || res.Code != 0 || len(res.Response.Failed) > 0 {
			b.Fatal(err, res)
		}
		if told {
			d.Changes()
		}
	}
	return d.State()
}

// BenchmarkChanges is what it costs to collect what watchers are told: medians of
// batches with that and without, turn by turn. Each is applied to the same state.
func BenchmarkChanges(b *testing.B) {
	s := profileM.populate(b)
	for _, kind := range crowdKinds {
		b.Run(kind, func(b *testing.B) {
			events := encoded(b, s, batch, func(i int) *eventpb.Event { return profileM.event(kind, i) })
			without, with := inTurn(b, func(side, _ int) {
				oneBatch(b, s, events, side == 1)
			})
			b.ReportMetric(float64(without.Nanoseconds())/batch, "ns/event_without")
			b.ReportMetric(float64(with.Nanoseconds())/batch, "ns/event_with")
			b.ReportMetric(float64(with)/float64(without), "ratio")
		})
	}
}

// inTurn times both sides again and again, one after the other, and returns their
// medians.
func inTurn(b *testing.B, do func(side, turn int)) (first, second time.Duration) {
	b.Helper()
	var took [2][]time.Duration
	for turn := 0; b.Loop(); turn++ {
		for side := range took {
			began := time.Now()
			do(side, turn)
			took[side] = append(took[side], time.Since(began))
		}
	}
	for _, t := range took {
		slices.Sort(t)
	}
	return took[0][len(took[0])/2], took[1][len(took[1])/2]
}

// BenchmarkCrowdedResident is P8's memory for a record of each kind. What hangs
// on one counts with it: a topic with its partitions, a group with its members.
func BenchmarkCrowdedResident(b *testing.B) {
	for b.Loop() {
		empty := liveHeap()
		s := profileM.begin(b)
		for _, k := range profileM.kinds() {
			before := liveHeap()
			s = applied(b, s, k.events)
			b.ReportMetric(float64(liveHeap()-before)/float64(k.records), "B/"+k.name)
		}
		b.ReportMetric(float64(liveHeap()-empty)/float64(records(s)), "B/record")
		kept := snapshot(b, s)
		before := liveHeap()
		restored := restore(b, kept)
		b.ReportMetric(float64(liveHeap()-before)/float64(records(s)), "B/record_restored")
		runtime.KeepAlive(restored)
		runtime.KeepAlive(kept)
		runtime.KeepAlive(s)
	}
}

// BenchmarkCrowdedSnapshot is P8's speed where every table is full.
func BenchmarkCrowdedSnapshot(b *testing.B) {
	s := profileM.populate(b)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			_, err := s.WriteTo(io.Discard)
			require.NoError(b, err)
		}
		reportRecords(b, s)
	})
	b.Run("restore", func(b *testing.B) {
		kept := snapshot(b, s)
		for b.Loop() {
			_, err := metadata.ReadState(bytes.NewReader(kept))
			require.NoError(b, err)
		}
		b.ReportMetric(float64(len(kept))/float64(records(s)), "B/record")
		reportRecords(b, s)
	})
}
