package host_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

func TestWhatASnapshotHolds(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	s := c.Store(0)
	hosttest.Fill(t, s)
	_, err := s.Seal(t.Context(), "b")
	require.NoError(t, err)
	data := saved(t, s)
	info, err := host.InspectSnapshot(bytes.NewReader(data))
	require.NoError(t, err)
	st := s.Status()
	require.Equal(t, st.Digest, info.Digest)
	require.Equal(t, st.Revision, info.Revision)
	require.Equal(t, st.LastMS, info.LastMS)
	require.Equal(t, st.AppliedIndex, info.Index)
	require.Equal(t, st.FeatureLevel, info.FeatureLevel)
	require.Equal(t, st.Counts, info.Counts)
	require.Equal(t, s.View().DedupFloor(), info.DedupFloor)
	require.Equal(t, "b", info.SealedTo)
	require.Equal(t, st.Nodes, info.Nodes)
	require.EqualValues(t, len(data), info.Bytes)
	require.Equal(t, 2, info.Format)
	require.Zero(t, info.Importing)
	var records int64
	for _, p := range info.Parts {
		require.Positive(t, p.Records, p.Name)
		records += p.Bytes
	}
	require.Less(t, records, info.Bytes)
	require.Greater(t, records, info.Bytes*3/4)

	require.NoError(t, s.Unseal(t.Context()))
	info, err = host.InspectSnapshot(bytes.NewReader(saved(t, s)))
	require.NoError(t, err)
	require.Equal(t, 1, info.Format, "what builds before seals read")
}

// A linearizable snapshot has what was acknowledged elsewhere; a local one has what
// the node has, and needs no backend.
func TestSnapshotsAreAsFreshAsTheyAreAskedFor(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	name := hosttest.Name(1)
	c.Log.Hold(name)
	_, err := c.Store(0).CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	var buf bytes.Buffer
	old, err := c.Store(1).Snapshot(t.Context(), &buf, host.SnapshotOptions{Local: true})
	require.NoError(t, err)
	require.Zero(t, old.Revision)
	fresh := make(chan host.SavedSnapshot, 1)
	go func() {
		at, err := c.Store(1).Snapshot(t.Context(), new(bytes.Buffer), host.SnapshotOptions{})
		if err != nil {
			t.Error(err)
		}
		fresh <- at
	}()
	c.Log.Release(name)
	require.EqualValues(t, 1, (<-fresh).Revision)
}

func TestSnapshotsThatAreGivenUp(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	full := errors.New("disk full")
	_, err := s.Snapshot(t.Context(), failing{full}, host.SnapshotOptions{})
	require.ErrorIs(t, err, full)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Snapshot(ctx, new(bytes.Buffer), host.SnapshotOptions{Local: true})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, s.Close())
	_, err = s.Snapshot(t.Context(), new(bytes.Buffer), host.SnapshotOptions{})
	require.ErrorIs(t, err, metadata.ErrUnavailable)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// What a stopped node's log says of seals and imports, and the state they lead to.
func TestReadLogOfAMovedState(t *testing.T) {
	from := hosttest.Cluster(t, 1).Store(0)
	_, err := from.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	_, _, err = s.Import(t.Context(), bytes.NewReader(saved(t, from)), nil)
	require.NoError(t, err)
	imported := len(b.delivered())
	_, err = s.Seal(t.Context(), "b")
	require.NoError(t, err)
	require.NoError(t, b.deliver(foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "late"), {0xff}} })))
	frame := snapshotOf(t, b)
	require.NoError(t, b.deliver(foreign(t, func(e *eventpb.Entry) {
		e.Own = &eventpb.Entry_Import{Import: &eventpb.Import{Seq: 1, Chunk: []byte("x")}}
	})))
	require.NoError(t, s.Unseal(t.Context()))

	log, v := b.delivered(), &visited{}
	dir := &inspected{backend: newBackend(nil), log: log}
	dir.claims = sdk.Claims{sdk.CanInspect}
	state, err := host.ReadLog(t.Context(), dir, sdk.Config{}, v)
	require.NoError(t, err)
	require.Equal(t, from.Status().Digest, state.Digest())
	require.Equal(t, s.Status().Digest, state.Digest())
	require.Len(t, v.entries, len(log))
	require.EqualValues(t, 1, v.entries[imported-1].Revision)
	seal, late, piece, unseal := v.entries[imported], v.entries[imported+1], v.entries[imported+2], v.entries[imported+3]
	require.Equal(t, "b", seal.SealedTo)
	require.Contains(t, late.Dropped, "moved to b")
	require.Len(t, late.Events, 1, "the other can't be decoded, and nobody has to")
	require.Zero(t, late.Events[0].Result)
	require.Contains(t, piece.Refused, "sealed")
	require.Empty(t, unseal.SealedTo)

	dir.frame, v = frame, &visited{}
	_, err = host.ReadLog(t.Context(), dir, sdk.Config{}, v)
	require.NoError(t, err)
	require.Equal(t, "b", v.base.SealedTo)
}
