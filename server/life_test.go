package server_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

func TestHealthFollowsReadiness(t *testing.T) {
	f := &fake{}
	r := serve(t, f, server.Config{})
	health := healthpb.NewHealthClient(r.dial(t))
	check := func(service string) healthpb.HealthCheckResponse_ServingStatus {
		resp, err := health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
		require.NoError(t, err)
		return resp.GetStatus()
	}
	watch, err := health.Watch(t.Context(), &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
	next := func() healthpb.HealthCheckResponse_ServingStatus {
		resp, err := watch.Recv()
		require.NoError(t, err)
		return resp.GetStatus()
	}
	require.Equal(t, healthpb.HealthCheckResponse_NOT_SERVING, next())
	require.Equal(t, healthpb.HealthCheckResponse_NOT_SERVING, check(""))
	require.Equal(t, healthpb.HealthCheckResponse_NOT_SERVING, check("metalog.v1.Metadata"))
	require.Equal(t, healthpb.HealthCheckResponse_SERVING, check("metalog.v1.Admin"))

	f.set(host.Status{Ready: true})
	require.Equal(t, healthpb.HealthCheckResponse_SERVING, next())
	require.Equal(t, healthpb.HealthCheckResponse_SERVING, check("metalog.v1.Metadata"))
	all, err := health.List(t.Context(), &healthpb.HealthListRequest{})
	require.NoError(t, err)
	require.Len(t, all.GetStatuses(), 3)

	_, err = health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "nobody"})
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestReflectionNamesTheServices(t *testing.T) {
	stream, err := reflectionpb.NewServerReflectionClient(serve(t, &fake{}, server.Config{}).dial(t)).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{},
	}))
	resp, err := stream.Recv()
	require.NoError(t, err)
	var names []string
	for _, s := range resp.GetListServicesResponse().GetService() {
		names = append(names, s.GetName())
	}
	require.Contains(t, names, "metalog.v1.Metadata")
	require.Contains(t, names, "metalog.v1.Admin")
}

// TestShutdownIsBounded holds a watcher and a call that would wait for ever.
func TestShutdownIsBounded(t *testing.T) {
	entered := make(chan struct{})
	f := &fake{topics: func(ctx ctxType, _ metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
		close(entered)
		<-ctx.Done()
		return metadata.Read[[]*metadata.Topic]{}, ctx.Err()
	}}
	r := serve(t, f, server.Config{})
	conn := r.dial(t)
	watch, err := healthpb.NewHealthClient(conn).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.NoError(t, err)
	call := make(chan error, 1)
	go func() {
		_, err := metalogv1.NewMetadataClient(conn).ListTopics(t.Context(), &metalogv1.ListTopicsRequest{})
		call <- err
	}()
	<-entered

	now, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, r.Shutdown(now), context.Canceled)
	require.Error(t, <-call)
	_, err = watch.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
}

func TestShutdownWithoutServe(t *testing.T) {
	l := listener(t)
	s := server.New(&fake{}, server.Config{GRPC: l})
	require.NoError(t, s.Shutdown(t.Context()))
	again, err := server.Listen(t.Context(), "grpc", l.Addr().String())
	require.NoError(t, err, "the port must be free")
	require.NoError(t, again.Close())
}

func TestServeEndsWithItsListener(t *testing.T) {
	l, h := listener(t), listener(t)
	s := server.New(&fake{}, server.Config{GRPC: l, HTTP: h})
	require.NoError(t, l.Close())
	require.Error(t, s.Serve())
	require.NoError(t, s.Shutdown(t.Context()))
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	taken := listener(t)
	defer taken.Close()
	_, err := server.Listen(t.Context(), "--listen-grpc", taken.Addr().String())
	require.ErrorContains(t, err, "--listen-grpc: "+taken.Addr().String()+" is in use")
	_, err = server.Listen(t.Context(), "--listen-http", "nonsense")
	require.ErrorContains(t, err, `--listen-http: can't listen on "nonsense" (want HOST:PORT)`)
}
