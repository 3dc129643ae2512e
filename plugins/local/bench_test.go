package local_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

// benchBytes is about what one small event comes to with its envelope.
const benchBytes = 300

// benchDir is on a disk: a temporary directory in memory would measure
// nothing. METALOG_BENCH_DIR names another one.
func benchDir(b *testing.B) string {
	b.Helper()
	base := os.Getenv("METALOG_BENCH_DIR")
	if base == "" {
		base = "."
	}
	dir, err := os.MkdirTemp(base, "bench-data-") //nolint:usetesting // b.TempDir may be in memory
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, os.RemoveAll(dir)) })
	return dir
}

// sink is a host that costs nothing and says when an entry has come.
type sink struct{ last atomic.Uint64 }

func (s *sink) Apply(_ context.Context, entries ...sdk.Entry) error {
	s.last.Store(entries[len(entries)-1].Index)
	return nil
}

func (s *sink) Snapshot(context.Context) (sdk.Snapshot, error) { return nothing{}, nil }
func (s *sink) Restore(_ context.Context, r io.Reader) error   { return nil }
func (s *sink) SetStatus(sdk.Status)                           {}

type nothing struct{}

func (nothing) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (nothing) Release()                         {}

func benchOpen(b *testing.B) sdk.Backend {
	b.Helper()
	be := local.New()
	cfg := sdk.Config{NodeID: "n1", DataDir: benchDir(b), Start: sdk.StartNew, Logger: slog.New(slog.DiscardHandler)}
	require.NoError(b, be.Open(b.Context(), cfg, &sink{}))
	b.Cleanup(func() { require.NoError(b, be.Close(context.Background())) })
	return be
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkP3OneWriter holds one Propose against one append of the same bytes
// with fdatasync, turn by turn. Target for the median: 1.5.
func BenchmarkP3OneWriter(b *testing.B) {
	be := benchOpen(b)
	f, err := os.Create(filepath.Join(benchDir(b), "append"))
	require.NoError(b, err)
	defer f.Close()
	data := make([]byte, benchBytes)
	var ours, raw []time.Duration
	for b.Loop() {
		start := time.Now()
		require.NoError(b, be.Propose(b.Context(), data))
		ours = append(ours, time.Since(start))

		start = time.Now()
		_, err := f.Write(data)
		require.NoError(b, err)
		require.NoError(b, unix.Fdatasync(int(f.Fd())))
		raw = append(raw, time.Since(start))
	}
	b.ReportMetric(float64(median(ours).Microseconds()), "propose-p50-µs")
	b.ReportMetric(float64(median(raw).Microseconds()), "append-p50-µs")
	b.ReportMetric(float64(median(ours))/float64(median(raw)), "ratio")
}

// BenchmarkP4ManyWriters holds 256 writers against bbolt's own Batch at the
// best of several settings, in turns of equal length. Target: 4.
func BenchmarkP4ManyWriters(b *testing.B) {
	const writers, turn = 256, 700 * time.Millisecond
	data := make([]byte, benchBytes)
	be := benchOpen(b)
	settings := []struct {
		delay time.Duration
		size  int
	}{{200 * time.Microsecond, 256}, {time.Millisecond, 256}, {2 * time.Millisecond, 256}, {5 * time.Millisecond, 1000}, {10 * time.Millisecond, 1000}}
	rates := make([][]float64, len(settings))
	var ours []float64
	db := benchBatch(b)
	var index atomic.Uint64
	for b.Loop() {
		ours = append(ours, rate(writers, turn, func() error { return be.Propose(context.Background(), data) }))
		for i, s := range settings {
			db.MaxBatchDelay, db.MaxBatchSize = s.delay, s.size
			rates[i] = append(rates[i], rate(writers, turn, func() error {
				return db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("b")).Put(key(index.Add(1)), data) })
			}))
		}
	}
	b.Log("ours", ours, "batch", rates)
	best := 0.0
	for i := range settings {
		best = max(best, middle(rates[i]))
	}
	b.ReportMetric(middle(ours), "propose/s")
	b.ReportMetric(best, "batch/s")
	b.ReportMetric(middle(ours)/best, "ratio")
}

func benchBatch(b *testing.B) *bbolt.DB {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(benchDir(b), "db"), 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	require.NoError(b, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("b"))
		return err
	}))
	return db
}

func key(i uint64) []byte {
	k := make([]byte, 8)
	for j := range k {
		k[j] = byte(i >> (56 - 8*j))
	}
	return k
}

// rate is how often n goroutines get through f in a second.
func rate(n int, d time.Duration, f func() error) float64 {
	var done atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range n {
		wg.Go(func() {
			for time.Since(start) < d && f() == nil {
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
