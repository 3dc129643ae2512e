package server

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// maxScrapes bounds scrapes at once.
const maxScrapes = 4

// metrics is a registry of its own: several nodes live in one process.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(node Node, version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "metalog_grpc_requests_total", Help: "Calls answered, by method and gRPC code.",
		}, []string{"method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "metalog_grpc_request_seconds", Help: "Time to answer a call.",
			Buckets: prometheus.ExponentialBuckets(0.000_25, 2, 17), // 0.25 ms to 16 s
		}, []string{"method"}),
	}
	m.registry.MustRegister(
		m.calls, m.seconds, &nodeCollector{node: node, version: version},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes})
}

func (m *metrics) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	begin := time.Now()
	resp, err := next(ctx, req)
	m.count(info.FullMethod, begin, err)
	return resp, err
}

func (m *metrics) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	begin := time.Now()
	err := next(srv, stream)
	m.count(info.FullMethod, begin, err)
	return err
}

// count labels by method: gRPC calls interceptors for registered ones only, so
// callers can't make up labels.
func (m *metrics) count(method string, begin time.Time, err error) {
	m.calls.WithLabelValues(method[1:], status.Code(err).String()).Inc()
	m.seconds.WithLabelValues(method[1:]).Observe(time.Since(begin).Seconds())
}
