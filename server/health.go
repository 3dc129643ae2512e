package server

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
)

// healthPoll is how soon a watcher hears of a change.
const healthPoll = 500 * time.Millisecond

// health is gRPC's standard health service. Metadata, and the server as a
// whole, serve while the node is ready; Admin always does.
type health struct {
	healthpb.UnimplementedHealthServer
	node    Node
	leaving <-chan struct{}
}

func (h *health) Check(_ context.Context, req *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	now := h.of(req.GetService())
	if now == healthpb.HealthCheckResponse_SERVICE_UNKNOWN {
		return nil, status.Errorf(codes.NotFound, "there is no service %q", req.GetService())
	}
	return &healthpb.HealthCheckResponse{Status: now}, nil
}

func (h *health) List(context.Context, *healthpb.HealthListRequest) (*healthpb.HealthListResponse, error) {
	all := map[string]*healthpb.HealthCheckResponse{}
	for _, service := range []string{"", metalogv1.Metadata_ServiceDesc.ServiceName, metalogv1.Admin_ServiceDesc.ServiceName} {
		all[service] = &healthpb.HealthCheckResponse{Status: h.of(service)}
	}
	return &healthpb.HealthListResponse{Statuses: all}, nil
}

// Watch tells the status now and after each change, until the watcher or the
// server leaves.
func (h *health) Watch(req *healthpb.HealthCheckRequest, to grpc.ServerStreamingServer[healthpb.HealthCheckResponse]) error {
	tick := time.NewTicker(healthPoll)
	defer tick.Stop()
	last := healthpb.HealthCheckResponse_ServingStatus(-1)
	for {
		if now := h.of(req.GetService()); now != last {
			if err := to.Send(&healthpb.HealthCheckResponse{Status: now}); err != nil {
				return err
			}
			last = now
		}
		select {
		case <-tick.C:
		case <-to.Context().Done():
			return status.FromContextError(to.Context().Err()).Err()
		case <-h.leaving:
			return status.Error(codes.Unavailable, "the server is shutting down")
		}
	}
}

func (h *health) of(service string) healthpb.HealthCheckResponse_ServingStatus {
	switch service {
	case "", metalogv1.Metadata_ServiceDesc.ServiceName:
		if h.left() || !h.node.Status().Ready {
			return healthpb.HealthCheckResponse_NOT_SERVING
		}
		return healthpb.HealthCheckResponse_SERVING
	case metalogv1.Admin_ServiceDesc.ServiceName:
		return healthpb.HealthCheckResponse_SERVING
	default:
		return healthpb.HealthCheckResponse_SERVICE_UNKNOWN
	}
}

func (h *health) left() bool {
	select {
	case <-h.leaving:
		return true
	default:
		return false
	}
}
