package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

func TestASealOverTheWire(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	r := serve(t, c.Store(0), server.Config{})
	api, other, ctx := metalogv1.NewAdminClient(r.dial(t)), adminOf(t, c.Store(1)), t.Context()
	create := func(name string) error {
		_, err := r.metadata(t).CreateTopic(ctx, &metalogv1.CreateTopicRequest{Name: name, Partitions: proto.Int32(1), ReplicationFactor: proto.Int32(1)})
		return err
	}
	require.NoError(t, create("orders"))
	_, err := api.Seal(ctx, &metalogv1.SealRequest{})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.ErrorContains(t, err, "target")
	at, err := other.Seal(ctx, &metalogv1.SealRequest{Target: "b:7400"})
	require.NoError(t, err)
	require.EqualValues(t, 1, at.GetRevision())

	require.Eventually(t, func() bool {
		resp, err := api.GetStatus(ctx, &metalogv1.GetStatusRequest{})
		st := resp.GetStatus()
		return err == nil && st.GetSealedTo() == "b:7400" && st.GetDigest() == at.GetDigest() && st.GetReady() && st.GetState() == "degraded"
	}, patience, time.Millisecond)
	st := status.Convert(create("late"))
	require.Equal(t, codes.FailedPrecondition, st.Code())
	require.Equal(t, convert.ReasonSealed, infoOf(t, st).GetReason())
	require.Contains(t, st.Message(), "b:7400")
	require.ErrorIs(t, convert.Error(st), metadata.ErrSealed)
	code, report := get(t, r.http+"/readyz?verbose")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, report, "[+] backend: ok, but sealed")
	_, metrics := get(t, r.http+"/metrics")
	require.Contains(t, metrics, "metalog_sealed 1")
	require.Contains(t, metrics, "metalog_importing_bytes 0")

	_, err = api.Unseal(ctx, &metalogv1.UnsealRequest{})
	require.NoError(t, err)
	require.NoError(t, create("late"))
}

// receive reads a snapshot to its end.
func receive(t *testing.T, api metalogv1.AdminClient, local bool) ([]byte, *metalogv1.SnapshotEnd, error) {
	t.Helper()
	stream, err := api.SaveSnapshot(t.Context(), &metalogv1.SaveSnapshotRequest{Local: local})
	require.NoError(t, err)
	var data []byte
	var end *metalogv1.SnapshotEnd
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return data, end, nil
		}
		if err != nil {
			return data, nil, err
		}
		require.Nil(t, end, "the end is last")
		require.LessOrEqual(t, len(m.GetChunk()), 256<<10)
		data, end = append(data, m.GetChunk()...), m.GetEnd()
	}
}

func TestASnapshotOverTheWire(t *testing.T) {
	s := node(t)
	value := strings.Repeat("v", 30_000)
	for _, name := range strings.Split("abcdefghijklmnopqrstu", "") {
		_, err := s.AlterConfigs(t.Context(), metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceGroup, Name: name},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.v", Value: &value}},
		})
		require.NoError(t, err)
	}
	for _, local := range []bool{false, true} {
		data, end, err := receive(t, adminOf(t, s), local)
		require.NoError(t, err)
		require.EqualValues(t, len(data), end.GetBytes())
		require.Greater(t, len(data), 512<<10)
		info, err := host.InspectSnapshot(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, s.Status().Digest, info.Digest)
		require.Equal(t, info.Digest.String(), end.GetDigest())
		require.Equal(t, info.Revision, end.GetRevision())
	}
}

// moving is a node whose snapshot goes as a test says.
type moving struct {
	mover
	snapshot func(ctx context.Context, w io.Writer, o host.SnapshotOptions) (host.SavedSnapshot, error)
}

func (m moving) Snapshot(ctx context.Context, w io.Writer, o host.SnapshotOptions) (host.SavedSnapshot, error) {
	return m.snapshot(ctx, w, o)
}

func TestSnapshotsThatBreakOff(t *testing.T) {
	failed := moving{snapshot: func(_ context.Context, w io.Writer, _ host.SnapshotOptions) (host.SavedSnapshot, error) {
		_, err := w.Write([]byte("some of it"))
		return host.SavedSnapshot{}, errors.Join(err, &sdk.Error{Reason: sdk.ReasonCorrupt, Message: "halted meanwhile"})
	}}
	data, end, err := receive(t, adminOf(t, &fake{mover: failed}), false)
	require.ErrorContains(t, err, "halted meanwhile")
	require.Equal(t, "some of it", string(data))
	require.Nil(t, end)

	waits := moving{snapshot: func(ctx context.Context, w io.Writer, o host.SnapshotOptions) (host.SavedSnapshot, error) {
		if o.Local { // one that is slow, but comes
			_, err := w.Write([]byte("some"))
			time.Sleep(100 * time.Millisecond)
			_, more := w.Write([]byte("more"))
			return host.SavedSnapshot{Bytes: 8}, errors.Join(err, more)
		}
		<-ctx.Done()
		return host.SavedSnapshot{}, context.Cause(ctx)
	}}
	api := metalogv1.NewAdminClient(serve(t, &fake{mover: waits}, server.Config{MaxWait: 50 * time.Millisecond}).dial(t))
	_, _, err = receive(t, api, false)
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
	_, end, err = receive(t, api, true)
	require.NoError(t, err)
	require.EqualValues(t, 8, end.GetBytes())

	began := make(chan struct{})
	var r *running
	endless := moving{snapshot: func(_ context.Context, w io.Writer, _ host.SnapshotOptions) (host.SavedSnapshot, error) {
		close(began)
		for {
			if _, err := w.Write([]byte("and on")); err != nil {
				return host.SavedSnapshot{}, err
			}
		}
	}}
	r = serve(t, &fake{mover: endless}, server.Config{})
	done := make(chan error, 1)
	go func() {
		<-began
		done <- r.Shutdown(t.Context())
	}()
	_, _, err = receive(t, metalogv1.NewAdminClient(r.dial(t)), true)
	require.ErrorIs(t, convert.Error(status.Convert(err)), metadata.ErrUnavailable)
	require.NoError(t, <-done)
}
