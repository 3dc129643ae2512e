package metadata_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

func createNamed(name string, id int) *eventpb.Event {
	return metadata.NewCreateTopic(metadata.TopicSpec{
		Name: name, ID: topicID(id), Partitions: 1, ReplicationFactor: 1,
	})
}

// stamped is ev as the given attempt.
func stamped(ev *eventpb.Event, id uint64, firstRevision uint64, ms int64) *eventpb.Event {
	rid := requestID(id)
	ev.RequestId, ev.FirstRevision, ev.TimestampMs = rid[:], firstRevision, ms
	return ev
}

func TestRepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	l := newLine(metadata.Genesis())
	first := l.apply(t, stamped(createNamed("a", 1), 7, 0, 100))
	require.NoError(t, first.Err())
	before := l.state

	again := l.apply(t, stamped(createNamed("a", 2), 7, 0, 900)) // the host stamped another id and time

	want := first
	want.Deduplicated = true
	require.Equal(t, want, again)
	require.Equal(t, before.Digest(), l.state.Digest(), "a duplicate changes nothing")
	require.Equal(t, uint64(1), l.state.Revision())
	require.Equal(t, int64(100), l.state.LastMS())
}

func TestRepeatedRefusalGetsTheFirstAnswer(t *testing.T) {
	l := newLine(metadata.Genesis())
	first := l.apply(t, stamped(metadata.NewDeleteTopic(metadata.TopicRef{Name: "a"}), 7, 0, 1))
	require.Equal(t, metadata.CodeUnknownTopicOrPartition, first.Code)
	l.must(t, createNamed("a", 1))

	again := l.apply(t, stamped(metadata.NewDeleteTopic(metadata.TopicRef{Name: "a"}), 7, 0, 1))

	require.Equal(t, metadata.CodeUnknownTopicOrPartition, again.Code, "the topic exists by now, but the answer stands")
	require.True(t, again.Deduplicated)
	_, err := l.state.Topic("a")
	require.NoError(t, err)
}

// One answer stands under both ids.
func TestSettlingIsRepeatable(t *testing.T) {
	l := newLine(metadata.Genesis())
	settle := func() *eventpb.Event {
		return stamped(metadata.NewSettle(metadata.SettleSpec{RequestID: requestID(8)}), 7, 0, 1)
	}
	first := l.apply(t, settle())
	require.NoError(t, first.Err())

	again := l.apply(t, settle())
	require.True(t, again.Deduplicated)
	require.Equal(t, first.Revision, again.Revision)

	late := l.apply(t, stamped(createNamed("a", 1), 8, 0, 1))
	require.Equal(t, metadata.CodeOperationNotAttempted, late.Code)
	require.Equal(t, uint64(1), l.state.Revision(), "neither is applied")
}

func TestRefusalsThatAreNotCounted(t *testing.T) {
	start := func(t *testing.T) *line {
		t.Helper()
		l := newLine(metadata.Genesis().WithRequestLimits(2, 1<<20))
		for i := range 4 {
			l.must(t, createNamed(string(rune('a'+i)), i+1))
		}
		require.Equal(t, uint64(2), l.state.DedupFloor())
		return l
	}
	tests := []struct {
		name string
		ev   *eventpb.Event
		want metadata.Code
	}{
		{"another request under a stored id", stamped(createNamed("x", 9), 4, 4, 1), metadata.CodeInvalidRequest},
		{"a stored id beats a first revision ahead", stamped(createNamed("x", 9), 4, 99, 1), metadata.CodeInvalidRequest},
		{"first revision ahead of the revision", stamped(createNamed("x", 9), 50, 5, 1), metadata.CodeInvalidRequest},
		{"first revision below the floor", stamped(createNamed("x", 9), 50, 1, 1), metadata.CodeRequestTimedOut},
		{"an evicted id is one never seen", stamped(createNamed("a", 1), 1, 0, 1), metadata.CodeRequestTimedOut},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := start(t)
			before := l.state
			res := l.apply(t, tt.ev)
			require.Equal(t, tt.want, res.Code, res.Message)
			require.Equal(t, before.Revision(), res.Revision)
			require.Equal(t, metadata.RequestID(tt.ev.GetRequestId()), res.Request)
			require.Equal(t, before.Digest(), l.state.Digest(), "it isn't stored either")
			require.Equal(t, before.Counts(), l.state.Counts())
		})
	}
}

func TestBoundsOfFirstRevision(t *testing.T) {
	l := newLine(metadata.Genesis().WithRequestLimits(2, 1<<20))
	for i := range 4 {
		l.must(t, createNamed(string(rune('a'+i)), i+1))
	}
	atFloor := l.apply(t, stamped(createNamed("x", 8), 50, 2, 1))
	require.NoError(t, atFloor.Err(), "at the floor is not below it")
	atRevision := l.apply(t, stamped(createNamed("y", 9), 51, l.state.Revision(), 1))
	require.NoError(t, atRevision.Err())
}

func TestEvictionIsOldestFirstByCount(t *testing.T) {
	const limit = 70 // crosses the chunks that answers are kept in
	l := newLine(metadata.Genesis().WithRequestLimits(limit, 1<<20))
	for i := range 200 {
		l.do(t, metadata.NewDeleteTopic(metadata.TopicRef{Name: "absent"}))
		revision := uint64(i + 1)
		wantFloor := uint64(max(0, i+1-limit))
		require.Equal(t, wantFloor, l.state.DedupFloor())
		require.Equal(t, int(revision-wantFloor), l.state.Counts().Requests)
		for rev := uint64(1); rev <= revision; rev++ {
			res, ok := l.state.Stored(requestID(rev))
			require.Equal(t, rev > wantFloor, ok, "revision %d of %d", rev, revision)
			if ok {
				require.Equal(t, rev, res.Revision)
				require.False(t, res.Deduplicated)
			}
		}
	}
	require.Equal(t, l.state.DigestFromScratch(), l.state.Digest())
}

func TestEvictionByBytes(t *testing.T) {
	l := newLine(metadata.Genesis().WithRequestLimits(1000, 500))
	for range 50 {
		l.do(t, metadata.NewDeleteTopic(metadata.TopicRef{Name: "absent"}))
		require.LessOrEqual(t, l.state.RequestBytes(), 500)
	}
	require.Positive(t, l.state.DedupFloor())
	require.Greater(t, l.state.RequestBytes(), 300, "no more is evicted than must be")
	require.Equal(t, l.state.DigestFromScratch(), l.state.Digest())
}

func TestAnEvictedIDMayBeUsedAgain(t *testing.T) {
	l := newLine(metadata.Genesis().WithRequestLimits(2, 1<<20))
	l.apply(t, stamped(createNamed("a", 1), 1, 0, 1))
	l.apply(t, stamped(createNamed("b", 2), 2, 1, 1))
	l.apply(t, stamped(createNamed("c", 3), 3, 2, 1))

	res := l.apply(t, stamped(createNamed("d", 4), 1, 3, 1))

	require.NoError(t, res.Err())
	require.False(t, res.Deduplicated)
	stored, ok := l.state.Stored(requestID(1))
	require.True(t, ok)
	require.Equal(t, uint64(4), stored.Revision)
}

func TestOlderStatesKeepTheirAnswers(t *testing.T) {
	l := newLine(metadata.Genesis().WithRequestLimits(2, 1<<20))
	l.must(t, createNamed("a", 1))
	old := l.state
	for i := range 10 {
		l.must(t, createNamed(string(rune('b'+i)), i+2))
	}
	_, ok := old.Stored(requestID(1))
	require.True(t, ok)
	_, ok = l.state.Stored(requestID(1))
	require.False(t, ok)
	require.Equal(t, old.DigestFromScratch(), old.Digest())
}

// The window of the protocol itself, past its end.
func TestTheWindowIs65536Answers(t *testing.T) {
	const window, beyond = 65_536, 200
	l := newLine(metadata.Genesis())
	d := l.state.Draft()
	for range window + beyond {
		_, err := d.Apply(l.stamp(metadata.NewDeleteTopic(metadata.TopicRef{Name: "absent"})))
		require.NoError(t, err)
	}
	s := d.State()
	require.Equal(t, window, s.Counts().Requests)
	require.Equal(t, uint64(beyond), s.DedupFloor())
	for revision := range uint64(window + beyond) {
		_, ok := s.Stored(requestID(revision + 1))
		require.Equal(t, revision+1 > beyond, ok, "revision %d", revision+1)
	}
	require.Equal(t, s.DigestFromScratch(), s.Digest())
}

// Two drafts of one state share the place for their answers, and must not see
// each other's.
func TestDraftsOfOneStateKeepTheirOwnAnswers(t *testing.T) {
	root := newLine(metadata.Genesis())
	root.must(t, createNamed("a", 1))
	left, right := newLine(root.state), newLine(root.state)
	for i := range 100 {
		left.apply(t, stamped(createNamed("left", 2), uint64(1000+i), 1, 1))
		right.apply(t, stamped(createNamed("right", 3), uint64(2000+i), 1, 1))
	}
	for i := range uint64(100) {
		_, ok := left.state.Stored(requestID(1000 + i))
		require.True(t, ok)
		_, ok = left.state.Stored(requestID(2000 + i))
		require.False(t, ok)
		_, ok = right.state.Stored(requestID(2000 + i))
		require.True(t, ok)
	}
	for _, l := range []*line{root, left, right} {
		require.Equal(t, l.state.DigestFromScratch(), l.state.Digest())
	}
}

func TestTheCodeOfTheFloorIsAnUnknownOutcome(t *testing.T) {
	// A host wraps it as such; here it must at least belong to no refusal.
	err := metadata.Result{Code: metadata.CodeRequestTimedOut}.Err()
	for _, kind := range []error{metadata.ErrNotFound, metadata.ErrConflict, metadata.ErrInvalid, metadata.ErrAlreadyExists} {
		require.NotErrorIs(t, err, kind)
	}
}
