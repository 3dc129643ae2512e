package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func TestSealAndUnseal(t *testing.T) {
	store, c := both(t)
	ctx := t.Context()
	_, err := c.Seal(ctx, "")
	require.ErrorIs(t, err, sdk.ErrInvalidConfig)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	at, err := c.Seal(ctx, "b:7400")
	require.NoError(t, err)
	require.Equal(t, store.Status().Revision, at.GetRevision())
	require.Equal(t, store.Status().Digest.String(), at.GetDigest())
	begin := time.Now()
	for _, s := range []metadata.Store{store, c} {
		_, err = s.CreateTopic(ctx, metadata.TopicSpec{Name: "late", Partitions: 1, ReplicationFactor: 1})
		require.ErrorIs(t, err, metadata.ErrSealed)
		require.ErrorIs(t, err, sdk.ErrNotAppended)
		require.NotErrorIs(t, err, metadata.ErrUnavailable)
		require.ErrorContains(t, err, "b:7400")
	}
	require.Less(t, time.Since(begin), client.DefaultRetryFor, "it isn't tried again")
	st, err := c.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, "b:7400", st.GetSealedTo())
	require.NoError(t, c.Unseal(ctx))
	create(t, c, "late")
}

// A write that may have been applied before the seal stays unknown, and isn't tried
// again either.
func TestASealAfterAnUnknownOutcome(t *testing.T) {
	sealed := convert.Matching("moved to b", &sdk.Error{Outcome: sdk.NotAppended}, metadata.ErrSealed)
	n := &node{create: failing(&sdk.Error{Reason: sdk.ReasonTimeout}, sealed, sealed)}
	_, err := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.Len(t, n.attempts(), 2)
}

func TestSavedSnapshots(t *testing.T) {
	store, c := both(t)
	var buf bytes.Buffer
	end, err := c.SaveSnapshot(t.Context(), &buf, false)
	require.NoError(t, err)
	require.EqualValues(t, buf.Len(), end.GetBytes())
	info, err := host.InspectSnapshot(&buf)
	require.NoError(t, err)
	require.Equal(t, store.Status().Digest, info.Digest)
	require.Equal(t, end.GetDigest(), info.Digest.String())
	require.Equal(t, end.GetRevision(), info.Revision)

	full := errors.New("disk full")
	_, err = c.SaveSnapshot(t.Context(), writer(func([]byte) (int, error) { return 0, full }), true)
	require.ErrorIs(t, err, full)
	_, err = dial(t, nowhere(t)).SaveSnapshot(t.Context(), io.Discard, true)
	require.ErrorIs(t, err, client.ErrUnreachable)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// moving is a node whose snapshot goes as a test says.
type moving struct {
	mover
	snapshot func(w io.Writer) (host.SavedSnapshot, error)
}

func (m moving) Snapshot(_ context.Context, w io.Writer, _ host.SnapshotOptions) (host.SavedSnapshot, error) {
	return m.snapshot(w)
}

func TestSnapshotsThatBreakOff(t *testing.T) {
	var r *remote
	some := []byte("some of it")
	for name, row := range map[string]struct {
		snapshot func(w io.Writer) (host.SavedSnapshot, error)
		is       error
	}{
		"a broken connection": {func(w io.Writer) (host.SavedSnapshot, error) {
			_, err := w.Write(some)
			r.cut()
			return host.SavedSnapshot{}, err
		}, metadata.ErrUnavailable},
		"fewer bytes than there were": {func(w io.Writer) (host.SavedSnapshot, error) {
			n, err := w.Write(some)
			return host.SavedSnapshot{Bytes: int64(n) + 1}, err
		}, metadata.ErrUnavailable},
		"an error of the node's": {func(w io.Writer) (host.SavedSnapshot, error) {
			_, _ = w.Write(some)
			return host.SavedSnapshot{}, &sdk.Error{Reason: sdk.ReasonDiverged}
		}, sdk.ErrDiverged},
	} {
		t.Run(name, func(t *testing.T) {
			r = serve(t, &node{mover: moving{snapshot: row.snapshot}})
			end, err := dial(t, r.address).SaveSnapshot(t.Context(), io.Discard, false)
			require.ErrorIs(t, err, row.is)
			require.Nil(t, end)
		})
	}
}
