package metadata_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// keptAnswers is few enough for answers to be evicted within a test.
const keptAnswers = 9

// drawLog is events as they might stand in a log: some are repeated, some say a
// first revision that is too old or too new.
func drawLog(t *rapid.T) []*eventpb.Event {
	n := rapid.IntRange(1, 40).Draw(t, "events")
	out := make([]*eventpb.Event, 0, n)
	for i := range n {
		if i > 0 && rapid.IntRange(0, 9).Draw(t, "repeat") == 0 {
			out = append(out, proto.CloneOf(out[rapid.IntRange(0, i-1).Draw(t, "which")]))
			continue
		}
		first := max(0, i-rapid.IntRange(-1, 12).Draw(t, "age"))
		out = append(out, stamped(drawEvent(t), uint64(i), uint64(first), rapid.Int64Range(0, 1000).Draw(t, "ms")))
	}
	return out
}

// drawBatches splits n events at random.
func drawBatches(t *rapid.T, n int) []int {
	var sizes []int
	for n > 0 {
		size := rapid.IntRange(1, n).Draw(t, "batch")
		sizes = append(sizes, size)
		n -= size
	}
	return sizes
}

type applier interface {
	require.TestingT
	Helper()
}

func start() *metadata.State { return metadata.Genesis().WithRequestLimits(keptAnswers, 1<<20) }

func applyAll(tb applier, s *metadata.State, log []*eventpb.Event) (*metadata.State, []metadata.Result) {
	tb.Helper()
	d := s.Draft()
	results := make([]metadata.Result, len(log))
	for i, ev := range log {
		res, err := d.Apply(ev)
		require.NoError(tb, err)
		results[i] = res
	}
	return d.State(), results
}

func snapshot(tb applier, s *metadata.State) []byte {
	tb.Helper()
	var buf bytes.Buffer
	n, err := s.WriteTo(&buf)
	require.NoError(tb, err)
	require.Equal(tb, int64(buf.Len()), n)
	return buf.Bytes()
}

func restore(tb applier, b []byte) *metadata.State {
	tb.Helper()
	s, err := metadata.ReadState(bytes.NewReader(b))
	require.NoError(tb, err)
	return s.WithRequestLimits(keptAnswers, 1<<20)
}

// The digest grows with the events, and must be what the records alone give.
func TestDigestFollowsTheRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := start()
		log := drawLog(t)
		for _, size := range drawBatches(t, len(log)) {
			s, _ = applyAll(t, s, log[:size])
			log = log[size:]
			require.Equal(t, s.DigestFromScratch(), s.Digest())
		}
	})
}

func TestAnySplitIntoBatchesGivesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := drawLog(t)
		want, wantResults := applyAll(t, start(), log)

		got, rest := start(), log
		var gotResults []metadata.Result
		for _, size := range drawBatches(t, len(log)) {
			var results []metadata.Result
			got, results = applyAll(t, got, rest[:size])
			gotResults = append(gotResults, results...)
			rest = rest[size:]
		}

		require.Equal(t, want.Digest(), got.Digest())
		require.Equal(t, wantResults, gotResults)
		require.Equal(t, snapshot(t, want), snapshot(t, got))
	})
}

func TestASnapshotAnywhereGivesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := drawLog(t)
		want, wantResults := applyAll(t, start(), log)
		for k := range len(log) + 1 {
			before, _ := applyAll(t, start(), log[:k])
			kept := snapshot(t, before)
			restored := restore(t, kept)
			require.Equal(t, before.Digest(), restored.Digest(), "after %d events", k)
			require.Equal(t, before.Counts(), restored.Counts())
			require.Equal(t, kept, snapshot(t, restored))

			got, results := applyAll(t, restored, log[k:])
			require.Equal(t, want.Digest(), got.Digest(), "snapshot after %d events", k)
			require.Equal(t, wantResults[k:], results)
			require.Equal(t, snapshot(t, want), snapshot(t, got))
		}
	})
}

// Apply may neither keep nor change what it is given, nor depend on anything else.
func TestApplyIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := drawLog(t)
		copies := make([]*eventpb.Event, len(log))
		for i, ev := range log {
			copies[i] = proto.CloneOf(ev)
		}
		first, firstResults := applyAll(t, start(), log)
		for i, ev := range log {
			require.True(t, proto.Equal(copies[i], ev), "event %d was changed", i)
			spoilLists(ev.ProtoReflect())
		}
		second, secondResults := applyAll(t, start(), copies)
		require.Equal(t, firstResults, secondResults)
		require.Equal(t, snapshot(t, second), snapshot(t, first), "the state kept a piece of an event")
	})
}

func TestEncodingAnEventGivesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ev := stamped(drawEvent(t), 1, 0, 5)
		raw, err := metadata.Encode(ev)
		require.NoError(t, err)
		got, err := metadata.Decode(raw)
		require.NoError(t, err)
		require.True(t, proto.Equal(ev, got))
		require.Equal(t, metadata.FingerprintOf(ev), metadata.FingerprintOf(got))
	})
}
