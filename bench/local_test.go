package bench_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// entryBytes is about what one small event comes to with its envelope.
const entryBytes = 300

func TestMain(m *testing.M) {
	builtin.Serve()
	serveChild()
	os.Exit(m.Run())
}

// openLocal starts a host on the local backend in a plugin process, on a real
// disk, with one topic in it.
func openLocal(b *testing.B) *host.Store {
	b.Helper()
	opener := builtin.Open("local")
	md, err := host.Open(b.Context(), host.Config{NodeID: "n1", DataDir: b.TempDir(), Backend: opener}, host.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, md.Close()) })
	_, err = md.CreateTopic(b.Context(), metadata.TopicSpec{Name: "t", Partitions: 1, ReplicationFactor: 1})
	require.NoError(b, err)
	return md
}

// write changes one setting: a small event that leaves the state's size alone.
func write(ctx context.Context, md metadata.Store, n int) error {
	value := strconv.Itoa(n)
	_, err := md.AlterConfigs(ctx, metadata.ConfigSpec{
		Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: "t"},
		Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.bench", Value: &value}},
	})
	return err
}

func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

func medianOf[T any, V cmp.Ordered](of []T, value func(T) V) V {
	values := make([]V, len(of))
	for i, t := range of {
		values[i] = value(t)
	}
	return median(values)
}

// BenchmarkP3OneWriter holds one writer's median against one append of as many
// bytes with fdatasync, turn by turn. Target: 1.5.
func BenchmarkP3OneWriter(b *testing.B) {
	md := openLocal(b)
	f, err := os.Create(filepath.Join(b.TempDir(), "append"))
	require.NoError(b, err)
	defer f.Close()
	payload := make([]byte, entryBytes)

	var path, disk []time.Duration
	for n := 0; b.Loop(); n++ {
		start := time.Now()
		require.NoError(b, write(b.Context(), md, n))
		path = append(path, time.Since(start))

		start = time.Now()
		_, err := f.Write(payload)
		require.NoError(b, err)
		require.NoError(b, unix.Fdatasync(int(f.Fd())))
		disk = append(disk, time.Since(start))
	}
	p, d := median(path), median(disk)
	b.ReportMetric(float64(p.Microseconds()), "µs-p50")
	b.ReportMetric(float64(d.Microseconds()), "µs-p50-disk")
	b.ReportMetric(float64(p)/float64(d), "ratio")
}

const (
	manyWriters = 256
	round       = 2 * time.Second

	boltDelay, boltSize = 10 * time.Millisecond, 1000 // bbolt's defaults
)

// BenchmarkP4ManyWriters holds 256 writers against as many on bbolt's own
// batching, at its defaults and at the best of several settings. Target: 4. The
// best is a batch of exactly as many as there are writers, which nobody knows
// beforehand.
func BenchmarkP4ManyWriters(b *testing.B) {
	md := openLocal(b)
	for b.Loop() {
		best, setting := 0.0, ""
		for _, delay := range []time.Duration{200 * time.Microsecond, time.Millisecond, 2 * time.Millisecond, 10 * time.Millisecond} {
			for _, size := range []int{128, manyWriters, 1000} {
				if rate := boltBatch(b, delay, size); rate > best {
					best, setting = rate, fmt.Sprintf("delay %v, size %d", delay, size)
				}
			}
		}
		var n atomic.Int64
		rate := throughput(b, round, func() error { return write(b.Context(), md, int(n.Add(1))) })
		b.ReportMetric(rate, "events/s")
		b.ReportMetric(best, "events/s-bbolt")
		b.ReportMetric(rate/best, "ratio")
		b.ReportMetric(rate/boltBatch(b, boltDelay, boltSize), "ratio-defaults")
		b.Logf("bbolt's best setting: %s", setting)
	}
}

// boltBatch is how many entries a second bbolt's Batch takes from many writers.
func boltBatch(b *testing.B, delay time.Duration, size int) float64 {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
	require.NoError(b, err)
	defer db.Close()
	db.MaxBatchDelay, db.MaxBatchSize = delay, size
	require.NoError(b, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("log"))
		return err
	}))
	var n atomic.Uint64
	payload := make([]byte, entryBytes)
	return throughput(b, round/4, func() error {
		key := fmt.Appendf(nil, "%016x", n.Add(1))
		return db.Batch(func(tx *bolt.Tx) error {
			bucket := tx.Bucket([]byte("log"))
			bucket.FillPercent = 0.9
			return bucket.Put(key, payload)
		})
	})
}

// throughput runs op on many goroutines for about d and returns its rate.
func throughput(b *testing.B, d time.Duration, op func() error) float64 {
	b.Helper()
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	for range manyWriters {
		wg.Go(func() {
			for time.Since(start) < d {
				if err := op(); err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	return float64(done.Load()) / time.Since(start).Seconds()
}
