package hashiraft

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// benchStore is on a disk: a temporary directory in memory would measure
// nothing. METALOG_BENCH_DIR names another one.
func benchStore(b *testing.B) *logStore {
	b.Helper()
	base := os.Getenv("METALOG_BENCH_DIR")
	if base == "" {
		base = "."
	}
	dir, err := os.MkdirTemp(base, "bench-data-") //nolint:usetesting // b.TempDir may be in memory
	require.NoError(b, err)
	s := openTest(b, dir, sdk.StartNew)
	b.Cleanup(func() {
		require.NoError(b, s.close())
		require.NoError(b, os.RemoveAll(dir))
	})
	return s
}

func batch(from uint64, n int) []*raft.Log {
	logs := make([]*raft.Log, n)
	for i := range logs {
		logs[i] = &raft.Log{Index: from + uint64(i), Term: 1, Data: make([]byte, 256), AppendedAt: time.Now()}
	}
	return logs
}

// BenchmarkStoreLogs is what a write waits for on each node: entries of 256
// bytes, so many in a call.
func BenchmarkStoreLogs(b *testing.B) {
	for _, n := range []int{1, 64, 512} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := benchStore(b)
			var took []time.Duration
			for b.Loop() {
				logs := batch(s.log.Last()+1, n)
				start := time.Now()
				require.NoError(b, s.StoreLogs(logs))
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkGetLog is what a follower reads for each entry it applies, and a
// leader for each it sends.
func BenchmarkGetLog(b *testing.B) {
	s := benchStore(b)
	require.NoError(b, s.StoreLogs(batch(1, 10_000)))
	var l raft.Log
	for i := uint64(0); b.Loop(); i++ {
		require.NoError(b, s.GetLog(1+i%10_000, &l))
	}
}
