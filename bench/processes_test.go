package bench_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/workload"
)

// BenchmarkP2OneWriterReplicated says what host and plugin add to one writer's median
// on three nodes, against the raw library with each node in a process of its own, turn
// by turn. Target: 0.25 ms.
func BenchmarkP2OneWriterReplicated(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) { oneWriter(b, e) })
	}
}

func oneWriter(b *testing.B, e engine) {
	b.Helper()
	kinds := []string{e.host(), e.raw()}
	nodes, results, writes := map[string][]*process{}, map[string][]workload.Result{}, map[string]int64{}
	for _, kind := range kinds {
		nodes[kind] = startProcesses(b, kind, e.calm)
	}
	turnOf := func(kind string, d time.Duration) workload.Result {
		r := leading(b, nodes[kind]).load(b, Load{Writers: 1, For: d, Base: writes[kind]})
		writes[kind] += r.Count + 1
		return r
	}
	for _, kind := range kinds {
		turnOf(kind, warming)
	}
	for b.Loop() {
		for range pairs {
			for _, kind := range kinds {
				results[kind] = append(results[kind], turnOf(kind, turn))
			}
		}
	}
	for _, kind := range kinds {
		agreeing(b, nodes[kind])
	}
	p50 := func(kind string) time.Duration {
		return medianOf(results[kind], func(r workload.Result) time.Duration { return r.P50 })
	}
	b.ReportMetric(inMS(p50(e.host())), "ms-p50")
	b.ReportMetric(inMS(p50(e.raw())), "ms-p50-raw")
	b.ReportMetric(inMS(p50(e.host())-p50(e.raw())), "ms-added")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkP11Failover kills the leader of three nodes, a process and its plugin, by
// SIGKILL, and holds the time until the next acknowledged write against that of the
// raw library under the same time-outs, cluster by cluster. Target: 1.2.
func BenchmarkP11Failover(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) { failingOver(b, e) })
	}
}

func failingOver(b *testing.B, e engine) {
	b.Helper()
	took := map[string][]time.Duration{}
	for b.Loop() {
		for range failovers {
			for _, kind := range []string{e.host(), e.raw()} {
				took[kind] = append(took[kind], failover(b, kind))
			}
		}
	}
	b.Logf("host %v, raw %v", took[e.host()], took[e.raw()])
	path, library := median(took[e.host()]), median(took[e.raw()])
	b.ReportMetric(inMS(path), "ms")
	b.ReportMetric(inMS(library), "ms-raw")
	b.ReportMetric(float64(path)/float64(library), "ratio")
	b.ReportMetric(0, "ns/op")
}

// failovers are many, since an election's length is left to chance.
const failovers = 15

func failover(b *testing.B, kind string) time.Duration {
	b.Helper()
	all := startProcesses(b, kind, defaults)
	defer func() {
		for _, p := range all {
			p.stop()
		}
	}()
	leader := leading(b, all)
	require.NoError(b, leader.client.Call("Node.Next", patience, &struct{}{}))
	agreeing(b, all)
	plugin := leader.plugin(b)
	begin := time.Now()
	leader.kill(b, plugin)
	acknowledged := make(chan error, len(all))
	for _, p := range all {
		if p != leader {
			go func() { acknowledged <- p.client.Call("Node.Next", patience, &struct{}{}) }()
		}
	}
	require.NoError(b, <-acknowledged)
	return time.Since(begin)
}
