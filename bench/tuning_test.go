package bench_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"
)

// BenchmarkTuning says what hashicorp/raft's settings are worth, with and without
// Metalog around it: writes a second, and how long an idle follower is behind. Turn by
// turn, each in clusters of its own.
func BenchmarkTuning(b *testing.B) {
	batched := func(c *raft.Config) { c.BatchApplyCh = true }
	variants := []struct {
		name, options string
		open          opener
	}{
		{"raw", raftCalm, openRaft(nil)},
		{"raw-pipelined", raftPipelined, openRaft(nil)},
		{"raw-batched", raftCalm, openRaft(batched)},
		{"raw-pipelined-batched", raftPipelined, openRaft(batched)},
		{"raw-batched-512", strings.Replace(raftCalm, "{", `{"max_append_entries": 512, `, 1), openRaft(batched)},
		{"host", raftCalm, openHost("hashiraft")},
		{"host-pipelined", raftPipelined, openHost("hashiraft")},
	}
	sides := make([]*side, len(variants))
	for i, v := range variants {
		sides[i] = &side{nodes: openCluster(b, v.open, v.options)}
	}
	for _, writers := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			takeTurns(b, sides, writers)
			for i, s := range sides {
				b.ReportMetric(s.rate(), "writes/s-"+variants[i].name)
				b.ReportMetric(inMS(s.p50()), "ms-p50-"+variants[i].name)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("lag", func(b *testing.B) {
		lags := make([][]time.Duration, len(sides))
		for b.Loop() {
			for range lagWrites {
				for i, s := range sides {
					lags[i] = append(lags[i], s.lag(b))
				}
			}
		}
		for i := range sides {
			b.ReportMetric(inMS(median(lags[i])), "ms-p50-"+variants[i].name)
			b.ReportMetric(inMS(slices.Max(lags[i])), "ms-max-"+variants[i].name)
		}
		b.ReportMetric(0, "ns/op")
	})
}

const lagWrites = 200

// lag is from a write's acknowledgement until all followers have applied it, when
// nothing comes after it.
func (s *side) lag(b *testing.B) time.Duration {
	b.Helper()
	leader := s.nodes.leader(b)
	s.writes++
	require.NoError(b, leader.write(b.Context(), s.writes))
	began := time.Now()
	want := leader.digest()
	for _, m := range s.nodes {
		for m.digest() != want {
			require.Less(b, time.Since(began), patience)
			time.Sleep(20 * time.Microsecond)
		}
	}
	return time.Since(began)
}
