package bench_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/workload"
)

const (
	pairs   = 5 // of turns, whose median counts
	turn    = 2 * time.Second
	warming = 300 * time.Millisecond

	defaults = `{}`
)

// side is one of those that are held against each other, and what its turns came to.
type side struct {
	nodes   cluster
	writes  int64
	results []workload.Result
}

// load has the leader take writes for d.
func (s *side) load(b *testing.B, writers int, d time.Duration) workload.Result {
	b.Helper()
	leader := s.nodes.leader(b)
	r, err := workload.Run(b.Context(), writers, d, s.writes, func(ctx context.Context, n int64) error { return leader.write(ctx, n) })
	require.NoError(b, err)
	s.writes += r.Count + int64(writers)
	return r
}

func (s *side) turn(b *testing.B, writers int) {
	b.Helper()
	s.results = append(s.results, s.load(b, writers, turn))
}

func (s *side) rate() float64 { return medianOf(s.results, workload.Result.PerSecond) }

func (s *side) p50() time.Duration {
	return medianOf(s.results, func(r workload.Result) time.Duration { return r.P50 })
}

func (s *side) p99() time.Duration {
	return medianOf(s.results, func(r workload.Result) time.Duration { return r.P99 })
}

// takeTurns warms every side up and then measures them in turn.
func takeTurns(b *testing.B, sides []*side, writers int) {
	b.Helper()
	for _, s := range sides {
		s.results = nil
		s.load(b, writers, warming)
	}
	for b.Loop() {
		for range pairs {
			for _, s := range sides {
				s.turn(b, writers)
			}
		}
	}
}

// BenchmarkP1Replicated holds writes a second of three nodes, through the leader's
// host and plugin, against the raw library's on three nodes, turn by turn. Targets: 1
// with 16 writers, 1.5 with 256, 2 with 1024.
func BenchmarkP1Replicated(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) { manyWritersOn(b, e) })
	}
}

func manyWritersOn(b *testing.B, e engine) {
	b.Helper()
	path := &side{nodes: openCluster(b, openHost(e.name), e.calm)}
	library := &side{nodes: openCluster(b, e.library, e.calm)}
	other := &side{nodes: openCluster(b, e.other, e.otherOptions)}
	sides := []*side{path, library, other}
	for _, writers := range []int{16, 256, 1024} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			takeTurns(b, sides, writers)
			for _, s := range sides {
				s.nodes.agree(b)
			}
			b.ReportMetric(path.rate(), "writes/s")
			b.ReportMetric(library.rate(), "writes/s-raw")
			b.ReportMetric(other.rate(), "writes/s-raw-"+e.otherName)
			b.ReportMetric(path.rate()/library.rate(), "ratio")
			b.ReportMetric(path.rate()/other.rate(), "ratio-"+e.otherName)
			b.ReportMetric(inMS(path.p50()), "ms-p50")
			b.ReportMetric(inMS(path.p99()), "ms-p99")
			b.ReportMetric(inMS(library.p50()), "ms-p50-raw")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
