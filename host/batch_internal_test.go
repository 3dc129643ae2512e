package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func eventOf(tb testing.TB, name string, id byte) []byte {
	tb.Helper()
	ev := metadata.NewCreateTopic(metadata.TopicSpec{Name: name, ID: metadata.TopicID{id}, Partitions: 1, ReplicationFactor: 1})
	ev.RequestId = filled(id, 16)
	data, err := metadata.Encode(ev)
	require.NoError(tb, err)
	return data
}

func entryOf(tb testing.TB, index uint64, events ...[]byte) sdk.Entry {
	tb.Helper()
	e := plainEntry()
	e.Witness, e.Events = nil, events
	data, err := encodeEntry(e)
	require.NoError(tb, err)
	return sdk.Entry{Index: index, Data: data}
}

func TestBatchMarksTheEndOfEachEntry(t *testing.T) {
	start := &view{state: metadata.Genesis()}
	b := newBatch(start)
	require.NoError(t, b.apply(entryOf(t, 3, eventOf(t, "a", 1), eventOf(t, "b", 2))))
	require.NoError(t, b.apply(entryOf(t, 5)))
	require.NoError(t, b.apply(entryOf(t, 6, eventOf(t, "c", 3))))
	require.NoError(t, b.apply(entryOf(t, 7, eventOf(t, "c", 3))))
	require.Len(t, b.marks, 2, "an entry that changes no revision leaves no mark")
	require.Equal(t, stateAfter(t, start, entryOf(t, 3, eventOf(t, "a", 1), eventOf(t, "b", 2))), b.marks[0])
	require.Len(t, b.results, 4)
	require.True(t, b.results[3].result.Deduplicated)
	v := b.end()
	require.EqualValues(t, 7, v.index)
	require.Equal(t, mark{3, v.state.Digest()}, b.marks[1])
	require.Zero(t, start.state.Revision())
}

func stateAfter(t *testing.T, v *view, e sdk.Entry) mark {
	t.Helper()
	b := newBatch(v)
	require.NoError(t, b.apply(e))
	next := b.end()
	return mark{next.state.Revision(), next.state.Digest()}
}

func TestBatchSurvivesAPanic(t *testing.T) {
	b := newBatch(&view{state: metadata.Genesis()})
	b.draft.State()
	err := b.apply(entryOf(t, 1, eventOf(t, "a", 1)))
	require.ErrorContains(t, err, "panic")
	require.ErrorContains(t, err, "batch.go")
}

func TestBatchKeepsAnnouncements(t *testing.T) {
	e := plainEntry()
	announce(e)
	data, err := encodeEntry(e)
	require.NoError(t, err)
	b := newBatch(&view{state: metadata.Genesis()})
	require.NoError(t, b.apply(sdk.Entry{Index: 1, Data: data}))
	v := b.end()
	require.Equal(t, []Node{{NodeID: "n1", APIAddress: "host:7400", Version: "v1", FeatureMin: 1, FeatureMax: 2}}, v.directory.nodes())
	require.Equal(t, metadata.Genesis().Digest(), v.state.Digest())
}

func TestDumpShowsWhatItCan(t *testing.T) {
	require.Equal(t, "6869", dump([]byte("hi")))
	text := dump(entryOf(t, 1, eventOf(t, "orders", 1), []byte{0xff}).Data)
	require.Contains(t, text, "orders")
	require.Contains(t, text, "event in hex: ff")
	require.Contains(t, text, "n1")
	many := make([][]byte, 100)
	for i := range many {
		many[i] = eventOf(t, "orders", byte(i+1))
	}
	require.LessOrEqual(t, len(dump(entryOf(t, 1, many...).Data)), maxDump+4)
	require.LessOrEqual(t, len(dump(make([]byte, 1<<20))), maxDump)
	piece := dump(placed(t, 1, "n1", pieceEntry(1, false, filled(9, 1<<19))).Data)
	require.LessOrEqual(t, len(piece), maxDump+4)
	require.Contains(t, piece, "seq")
}
