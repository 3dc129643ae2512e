package host

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

func sealEntry(target string) *eventpb.Entry {
	return &eventpb.Entry{Own: &eventpb.Entry_Seal{Seal: &eventpb.Seal{Target: target}}}
}

func pieceEntry(seq uint64, last bool, chunk []byte) *eventpb.Entry {
	return &eventpb.Entry{Own: &eventpb.Entry_Import{Import: &eventpb.Import{Seq: seq, Last: last, Chunk: chunk}}}
}

func unsealEntry() *eventpb.Entry {
	return &eventpb.Entry{Own: &eventpb.Entry_Unseal{Unseal: &eventpb.Unseal{}}}
}

func eventEntry(events ...[]byte) *eventpb.Entry { return &eventpb.Entry{Events: events} }

// placed gives an entry its place and its author, and encodes it.
func placed(tb testing.TB, index uint64, node string, e *eventpb.Entry) sdk.Entry {
	tb.Helper()
	id := [16]byte{byte(index), byte(index >> 8), 7}
	e.Id, e.Node = id[:], node
	data, err := encodeEntry(e)
	require.NoError(tb, err)
	return sdk.Entry{Index: index, Data: data}
}

// after applies entries to a view, and returns what became of the last one.
func after(t *testing.T, v *view, entries ...*eventpb.Entry) (*view, heard) {
	t.Helper()
	b := newBatch(v)
	for _, e := range entries {
		require.NoError(t, b.apply(placed(t, b.view.index+1, "n1", e)))
	}
	return b.end(), b.heard[len(b.heard)-1]
}

func TestPiecesOfAnImport(t *testing.T) {
	genesis := &view{state: metadata.Genesis()}
	whole := frameBytes(t, sealedView(t))
	one, two := whole[:100], whole[100:]
	half, h := after(t, genesis, pieceEntry(1, false, one))
	require.NoError(t, h.refused)
	require.EqualValues(t, 100, half.half.size())
	busy, _ := after(t, genesis, eventEntry(eventOf(t, "a", 1)))
	shut, _ := after(t, genesis, sealEntry("b"))
	damaged := bytes.Clone(two)
	damaged[len(damaged)-1] ^= 1
	for name, tc := range map[string]struct {
		on   *view
		own  *eventpb.Entry
		is   error // nil: taken, or passed over
		half int64 // left afterwards
	}{
		"the first again":         {half, pieceEntry(1, false, one), nil, 100},
		"the first, another":      {half, pieceEntry(1, false, two), sdk.ErrConflict, 100},
		"the first, as the last":  {half, pieceEntry(1, true, one), sdk.ErrConflict, 100},
		"a gap":                   {half, pieceEntry(3, false, two), sdk.ErrConflict, 100},
		"a gap at the beginning":  {genesis, pieceEntry(2, false, two), sdk.ErrConflict, 0},
		"no number":               {half, pieceEntry(0, false, two), sdk.ErrConflict, 100},
		"the largest number":      {half, pieceEntry(1<<64-1, true, two), sdk.ErrConflict, 100},
		"no bytes":                {half, pieceEntry(2, true, nil), sdk.ErrConflict, 100},
		"in the middle":           {half, pieceEntry(2, false, two[:50]), nil, 150},
		"not the end yet":         {half, pieceEntry(2, true, two[:50]), sdk.ErrCorrupt, 0},
		"damaged":                 {half, pieceEntry(2, true, damaged), sdk.ErrCorrupt, 0},
		"garbage":                 {genesis, pieceEntry(1, true, []byte("garbage")), sdk.ErrCorrupt, 0},
		"half an import in there": {genesis, pieceEntry(1, true, frameBytes(t, halfView(t))), sdk.ErrCorrupt, 0},
		"over a state":            {busy, pieceEntry(1, true, whole), sdk.ErrConflict, 0},
		"into a sealed cluster":   {shut, pieceEntry(1, true, whole), sdk.ErrConflict, 0},
		"a seal meanwhile":        {half, sealEntry("b"), sdk.ErrConflict, 100},
		"an unseal meanwhile":     {half, unsealEntry(), nil, 100},
		"a seal without a target": {genesis, sealEntry(""), sdk.ErrInvalidConfig, 0},
		"too long a target":       {genesis, sealEntry(string(make([]byte, maxTarget+1))), sdk.ErrInvalidConfig, 0},
	} {
		t.Run(name, func(t *testing.T) {
			next, h := after(t, tc.on, tc.own)
			if tc.is == nil {
				require.NoError(t, h.refused)
			} else {
				require.ErrorIs(t, h.refused, tc.is)
				require.ErrorIs(t, h.refused, sdk.ErrNotAppended)
			}
			require.Equal(t, tc.half, next.half.size())
			require.Equal(t, tc.on.seal, next.seal)
			require.Equal(t, tc.on.state.Digest(), next.state.Digest())
			require.Equal(t, tc.on.index+1, next.index)
		})
	}

	done, h := after(t, half, pieceEntry(2, true, two))
	require.NoError(t, h.refused)
	require.Equal(t, sampleView(t).state.Digest(), done.state.Digest())
	require.Nil(t, done.half)
	require.Empty(t, done.seal, "the snapshot's cluster was sealed")
	require.Empty(t, done.directory, "its nodes are others")
	_, h = after(t, done, pieceEntry(2, true, two))
	require.ErrorIs(t, h.refused, sdk.ErrConflict)
	none, h := after(t, genesis, pieceEntry(1, true, frameBytes(t, genesis)))
	require.NoError(t, h.refused, "nothing is a state, too")
	require.Nil(t, none.half)
}

// What this build can't read may be good for another one: to refuse it here and
// take it there would be two states.
func TestANewerSnapshotStopsTheNode(t *testing.T) {
	for name, data := range map[string][]byte{"format": newerFrame(frameBytes(t, sampleView(t))), "level": newerLevel(t)} {
		err := newBatch(&view{state: metadata.Genesis()}).apply(placed(t, 1, "n1", pieceEntry(1, true, data)))
		require.ErrorIs(t, err, metadata.ErrNewer, name)
	}
}

func TestEventsAtTheDoorAreDropped(t *testing.T) {
	genesis := &view{state: metadata.Genesis()}
	shut, _ := after(t, genesis, eventEntry(eventOf(t, "a", 1)), sealEntry("b"))
	half, _ := after(t, genesis, pieceEntry(1, false, []byte("x")))
	for _, v := range []*view{shut, half} {
		next, h := after(t, v, eventEntry(eventOf(t, "late", 2), []byte("not even an event")))
		require.Error(t, h.dropped)
		require.Equal(t, v.state.Digest(), next.state.Digest())
		require.Equal(t, v.state.Revision(), next.state.Revision())
	}
	open, h := after(t, shut, eventEntry(eventOf(t, "late", 2)), unsealEntry(), eventEntry(eventOf(t, "late", 2)))
	require.NoError(t, h.dropped)
	require.EqualValues(t, 2, open.state.Revision(), "the dropped attempt left no answer behind")
}

// What nodes said of the state before an import says nothing about the one after.
func TestAnImportBeginsTheDigestsAnew(t *testing.T) {
	r, s := newTestReplica()
	genesis := metadata.Genesis().Digest()
	old := &eventpb.Witness{Digest: filled(3, 32), DigestVersion: metadata.DigestVersion}
	late := eventEntry(eventOf(t, "c", 3))
	late.Witness = old // of another node, proposed before the import came by
	require.True(t, r.had(0, genesis))
	require.NoError(t, r.apply(s, []sdk.Entry{placed(t, 1, "n2", pieceEntry(1, true, frameBytes(t, sampleView(t)))), placed(t, 2, "n2", late)}))
	state := r.board.latest.Load().state
	require.EqualValues(t, 3, state.Revision())
	require.True(t, r.had(2, sampleView(t).state.Digest()))
	require.True(t, r.had(3, state.Digest()))
	require.False(t, r.had(0, genesis))
	require.NoError(t, r.bench.err())
	require.Len(t, r.digests.slots, 2)
	p := r.feed.after(2)
	require.Len(t, p.messages, 1, "what came behind the import in the same delivery")
	require.Equal(t, uint64(2), p.messages[0].Previous)
	require.True(t, r.feed.after(0).missing)
}

// Whatever stands in a log, two nodes come to the same, however it is delivered,
// and neither panics or stops.
func TestAnyLogGivesOneState(t *testing.T) {
	var moved, shut, halves int
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			var log []sdk.Entry
			for range 120 {
				log = append(log, placed(t, uint64(len(log)+1), fmt.Sprintf("n%d", rnd.IntN(2)+1), anyEntry(t, rnd)))
			}
			one, mine := newTestReplica()
			two, theirs := newTestReplica()
			two.self = "n2"
			require.NoError(t, one.apply(mine, log))
			for rest := log; len(rest) > 0; {
				n := min(len(rest), rnd.IntN(9)+1)
				require.NoError(t, two.apply(theirs, rest[:n]))
				rest = rest[n:]
				v := two.board.latest.Load()
				moved, shut, halves = moved+oneIf(v.state.Revision() > 1), shut+oneIf(v.seal != ""), halves+oneIf(v.half != nil)
				restored, err := readAll(frameBytes(t, v))
				require.NoError(t, err)
				require.Equal(t, v.half, restored.half)
				require.Equal(t, v.seal, restored.seal)
				if rnd.IntN(8) == 0 {
					two.board.show(restored)
				}
			}
			require.Equal(t, frameBytes(t, one.board.latest.Load()), frameBytes(t, two.board.latest.Load()))
		})
	}
	require.Greater(t, min(moved, shut, halves), 50, "%d moved, %d sealed, %d half imported", moved, shut, halves)
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// anyEntry is one that may make sense or not where it comes.
func anyEntry(t *testing.T, rnd *rand.Rand) *eventpb.Entry {
	t.Helper()
	frame := frameBytes(t, sealedView(t))
	const pieces = 3
	cut := func(i int) []byte { return frame[i*len(frame)/pieces : (i+1)*len(frame)/pieces] }
	switch rnd.IntN(16) {
	case 0:
		return sealEntry([]string{"b", "c", ""}[rnd.IntN(3)])
	case 1, 2:
		return unsealEntry()
	case 3:
		return eventEntry(eventOf(t, "t"+fmt.Sprint(rnd.IntN(20)), byte(rnd.IntN(20)+1)))
	case 4:
		e := plainEntry()
		announce(e)
		e.Witness = nil
		return e
	case 5:
		garbage := make([]byte, rnd.IntN(200))
		for i := range garbage {
			garbage[i] = byte(rnd.Uint32())
		}
		return pieceEntry(rnd.Uint64N(5), rnd.IntN(2) == 0, garbage)
	case 6:
		return pieceEntry(1, true, frameBytes(t, &view{state: metadata.Genesis()}))
	default:
		i := rnd.IntN(pieces)
		return pieceEntry(uint64(i+1), i == pieces-1, cut(i))
	}
}
