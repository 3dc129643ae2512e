package host_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// The properties that etcd's robustness tests hold its watches to, each by its
// name there: filter, ordered, unique, atomic, bookmarkable, resumable, reliable,
// previous value, created.

// watched collects what a watch tells up to a revision.
func watched(t *testing.T, s metadata.Store, until uint64, opts ...metadata.WatchOption) (out []metadata.WatchMessage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for m, err := range s.Watch(ctx, opts...) {
		require.NoError(t, err)
		out = append(out, m)
		if m.Revision >= until && m.Kind != metadata.WatchState {
			break
		}
	}
	return out
}

func changesIn(messages []metadata.WatchMessage) (out []metadata.WatchMessage) {
	for _, m := range messages {
		if m.Kind == metadata.WatchChange {
			out = append(out, m)
		}
	}
	return out
}

// churn makes n changes, and refusals between them, from several goroutines.
func churn(t *testing.T, s metadata.Store, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), uint64(n)))
			for range n / 4 {
				_ = churnOnce(t.Context(), s, random)
			}
		})
	}
	wg.Wait()
}

// churnOnce may be refused, which is as good.
func churnOnce(ctx context.Context, s metadata.Store, random *rand.Rand) error {
	name := "t" + strconv.Itoa(random.IntN(5))
	switch random.IntN(5) {
	case 0:
		_, err := s.CreateTopic(ctx, metadata.TopicSpec{Name: name, Partitions: 2, ReplicationFactor: 1})
		return err
	case 1:
		_, err := s.DeleteTopic(ctx, metadata.TopicRef{Name: name})
		return err
	case 2:
		_, err := s.Batch(ctx, metadata.BatchSpec{Operations: []metadata.BatchOperation{
			{CommitOffsets: commitFor("g", name, 1)}, {CommitOffsets: commitFor("h", name, 2)},
		}})
		return err
	default:
		_, err := s.CommitOffsets(ctx, *commitFor("g", name, random.Int64N(100)))
		return err
	}
}

func commitFor(group, topic string, offset int64) *metadata.OffsetsSpec {
	return &metadata.OffsetsSpec{Group: group, Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{
		{Topic: topic, Partition: 0, Offset: offset, LeaderEpoch: -1}, {Topic: topic, Partition: 1, Offset: offset, LeaderEpoch: -1},
	}}
}

func TestWatchIsOrderedUniqueAtomicAndReliable(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	churn(t, s, 400)
	final := s.View()
	messages := watched(t, s, final.Revision(), metadata.FromRevision(0))
	f := hosttest.NewFollower()
	for _, m := range messages {
		require.NoError(t, f.Take(m))
	}
	f.RequireState(t, final)

	var batches int
	for _, m := range changesIn(messages) {
		if m.Operation == "Batch" {
			batches++
			require.GreaterOrEqual(t, len(m.Changes), 4, "both groups' offsets in one message")
		}
	}
	require.Positive(t, batches)
}

func TestWatchTellsThePreviousValueAndWhatIsNew(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	churn(t, s, 200)
	created, modified := 0, 0
	for _, m := range changesIn(watched(t, s, s.View().Revision(), metadata.FromRevision(0), metadata.WatchNouns(metadata.NounOffset))) {
		for _, c := range m.Changes {
			after, ok := c.After.(*metadata.Offset)
			if !ok {
				continue
			}
			before, existed := c.Before.(*metadata.Offset)
			require.Equal(t, existed, after.CreatedRevision != m.Revision)
			require.Equal(t, m.Revision, after.ModifiedRevision)
			if existed {
				require.Equal(t, before.CreatedRevision, after.CreatedRevision)
				modified++
			} else {
				created++
			}
		}
	}
	require.Positive(t, created)
	require.Positive(t, modified)
}

func TestWatchFilters(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	ctx := t.Context()
	orders, err := s.CreateTopic(ctx, topic("orders"))
	require.NoError(t, err)
	_, err = s.CreateTopic(ctx, topic("payments"))
	require.NoError(t, err)
	for _, name := range []string{"orders", "payments"} {
		_, err = s.CommitOffsets(ctx, metadata.OffsetsSpec{Group: "g-" + name, Generation: -1, Offsets: []metadata.OffsetCommit{{Topic: name}}})
		require.NoError(t, err)
	}
	end, err := s.DeleteTopic(ctx, metadata.TopicRef{Name: "payments"})
	require.NoError(t, err)

	told := func(opts ...metadata.WatchOption) (keys []string) {
		for _, m := range watched(t, s, end.Revision, append(opts, metadata.FromRevision(0))...) {
			require.Zero(t, m.Previous, "a filtered watch can't prove that there is no gap")
			for _, c := range m.Changes {
				keys = append(keys, fmt.Sprintf("%d %s %s", m.Revision, c.Key().Noun, c.Key().Name))
			}
		}
		return keys
	}
	require.Equal(t, []string{"1 topic orders", "2 topic payments", "5 topic payments"}, told(metadata.WatchNouns(metadata.NounTopic)))
	require.Equal(t, []string{"2 topic payments", "5 topic payments"}, told(metadata.WatchNames("pay")))
	require.Equal(t, []string{"3 group g-orders", "3 offset g-orders", "4 group g-payments", "4 offset g-payments", "5 offset g-payments"}, told(metadata.WatchNames("g-")))
	require.Equal(t, []string{"1 topic orders", "1 partition ", "3 offset g-orders"}, told(metadata.WatchTopic(orders.ID))[:3])
	for _, key := range told(metadata.WatchTopic(orders.ID)) {
		require.NotContains(t, key, "payments")
	}
	require.Empty(t, told(metadata.WatchNouns(metadata.NounSegment)))

	for _, err := range s.Watch(ctx, metadata.WatchNouns(metadata.NounTopic, 99)) {
		require.ErrorIs(t, err, metadata.ErrInvalid, "silence would look like an answer")
	}
}

func TestWatchIsResumable(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	churn(t, s, 200)
	end := s.View().Revision()
	whole := changesIn(watched(t, s, end, metadata.FromRevision(0)))
	for from := range end {
		var want []metadata.WatchMessage
		for _, m := range whole {
			if m.Revision > from {
				want = append(want, m)
			}
		}
		got := changesIn(watched(t, s, end, metadata.FromRevision(from)))
		require.Equal(t, want, got, "from revision %d", from)
	}
}

func TestWatchIsBookmarkable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := host.NewBare()
		_, err := b.CreateTopic(t.Context(), topic("orders"))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var told []metadata.WatchMessage
		var at []time.Duration
		began := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for m, err := range b.Watch(ctx, metadata.WatchNouns(metadata.NounSegment)) {
				if err != nil {
					return
				}
				told, at = append(told, m), append(at, time.Since(began))
			}
		}()
		synctest.Wait()
		require.Len(t, told, 1, "at once")
		require.Equal(t, metadata.WatchMessage{Kind: metadata.WatchBookmark, Revision: 1}, told[0])

		// What the watch doesn't want moves its bookmark.
		_, err = b.DeleteTopic(t.Context(), metadata.TopicRef{Name: "orders"})
		require.NoError(t, err)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		require.Greater(t, len(told), 1)
		require.Equal(t, metadata.WatchMessage{Kind: metadata.WatchBookmark, Revision: 2}, told[len(told)-1])
		require.LessOrEqual(t, at[len(at)-1], 10*time.Second)
		cancel()
		<-done
	})
}

func TestWatchFromNowTellsWhatComes(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	_, err := s.CreateTopic(t.Context(), topic("before"))
	require.NoError(t, err)
	var names []string
	for m, err := range s.Watch(t.Context()) {
		require.NoError(t, err)
		if m.Kind == metadata.WatchBookmark && m.Revision == 1 {
			_, err := s.CreateTopic(t.Context(), topic("after"))
			require.NoError(t, err)
			continue
		}
		for _, c := range m.Changes {
			names = append(names, strings.TrimSpace(c.Key().Noun.String()+" "+c.Key().Name))
		}
		require.Equal(t, "CreateTopic", m.Operation)
		require.Equal(t, uint64(1), m.Previous)
		require.False(t, m.RequestID.IsZero())
		require.Equal(t, s.View().LastMS(), m.TimeMS)
		break
	}
	require.Equal(t, []string{"topic after", "partition"}, names)
}

func TestWatchAheadWaits(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	first := make(chan metadata.WatchMessage, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		for m := range s.Watch(t.Context(), metadata.FromRevision(2)) {
			first <- m
			return
		}
	})
	for _, name := range []string{"a", "b"} {
		require.Empty(t, first)
		_, err := s.CreateTopic(t.Context(), topic(name))
		require.NoError(t, err)
	}
	require.Equal(t, metadata.WatchMessage{Kind: metadata.WatchBookmark, Revision: 2}, <-first)
	wg.Wait()
}

func TestWatchEndsWithTheStore(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	var last error
	for _, err := range s.Watch(t.Context()) {
		if last = err; err == nil {
			go func() { _ = s.Close() }()
		}
	}
	require.ErrorIs(t, last, metadata.ErrUnavailable)
	for _, err := range s.Watch(t.Context()) {
		last = err
	}
	require.ErrorIs(t, last, metadata.ErrUnavailable)
}

func TestWatchEndsWithItsContext(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range s.Watch(ctx) {
		last = err
		cancel()
	}
	require.ErrorIs(t, last, context.Canceled)
}

// Every watcher of a thousand comes to the same state, through restarts of the
// session.
func TestAThousandWatchers(t *testing.T) {
	nodes := hosttest.Cluster(t, 1)
	s := nodes.Store(0)
	hosttest.Follow(t, s, 1000, func() {
		for range 3 {
			churn(t, s, 200)
			nodes.Log.End(hosttest.Name(0), errors.New("the process was killed"))
		}
		churn(t, s, 40)
	})
}
