package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// patience bounds whatever a test waits for.
const patience = 20 * time.Second

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// createdTopic is the name of the topic that a message tells of, if it does.
func createdTopic(m metadata.WatchMessage) string {
	for _, c := range m.Changes {
		if topic, ok := c.After.(*metadata.Topic); ok {
			return topic.Name
		}
	}
	return ""
}

// changesUntil collects the changes that are told up to the creation of topic
// last.
func changesUntil(ctx context.Context, s metadata.Store, last string, opts ...metadata.WatchOption) (changes []metadata.WatchMessage, err error) {
	for m, err := range s.Watch(ctx, opts...) {
		if err != nil {
			return changes, err
		}
		if m.Kind == metadata.WatchChange {
			changes = append(changes, m)
		}
		if createdTopic(m) == last {
			break
		}
	}
	return changes, nil
}

func create(t *testing.T, s metadata.Store, name string) {
	t.Helper()
	_, err := s.CreateTopic(t.Context(), metadata.TopicSpec{Name: name, Partitions: 2, ReplicationFactor: 1})
	require.NoError(t, err)
}

// load changes topics and offsets and creates topic "t1.end" at last. Now and
// then it calls between.
func load(t *testing.T, s metadata.Store, between func()) {
	t.Helper()
	for i := range 200 {
		name := fmt.Sprintf("t%d", i)
		create(t, s, name)
		_, err := s.CommitOffsets(t.Context(), metadata.OffsetsSpec{
			Group: "g", Generation: metadata.NoGeneration, Offsets: []metadata.OffsetCommit{{Topic: name, Offset: int64(i), LeaderEpoch: -1}},
		})
		require.NoError(t, err)
		if i%3 == 0 {
			_, err := s.DeleteTopic(t.Context(), metadata.TopicRef{Name: name})
			require.NoError(t, err)
		}
		if i%40 == 20 {
			between()
		}
	}
	create(t, s, "t1.end")
}

// TestWatchGoesOnAfterACut breaks the connection again and again under load:
// what is told is what a watch in the node's own process tells.
func TestWatchGoesOnAfterACut(t *testing.T) {
	for name, opts := range map[string][]metadata.WatchOption{
		"everything": {metadata.FromRevision(0)},
		"filtered":   {metadata.FromRevision(0), metadata.WatchNouns(metadata.NounTopic, metadata.NounOffset), metadata.WatchNames("t1")},
	} {
		t.Run(name, func(t *testing.T) {
			store := hosttest.Cluster(t, 1).Store(0)
			n := &node{Store: store}
			r := serve(t, n)
			c := dial(t, r.address)
			type result struct {
				changes []metadata.WatchMessage
				err     error
			}
			done := make(chan result, 1)
			ctx := bounded(t)
			go func() {
				changes, err := changesUntil(ctx, c, "t1.end", opts...)
				done <- result{changes, err}
			}()
			cuts := 0
			load(t, store, func() {
				require.Eventually(t, func() bool { return len(n.watches()) > cuts }, patience, time.Millisecond)
				r.cut()
				cuts++
			})
			remote := <-done
			require.NoError(t, remote.err)
			local, err := changesUntil(ctx, store, "t1.end", opts...)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(local, remote.changes, cmpopts.EquateEmpty()))
			watches := n.watches()
			require.Greater(t, len(watches), cuts, "once more than it was cut")
			for _, o := range watches[1:] {
				require.NotNil(t, o.From)
				require.False(t, o.InitialState)
				require.Equal(t, watches[0].Nouns, o.Nouns)
				require.Equal(t, watches[0].NamePrefix, o.NamePrefix)
			}
		})
	}
}

// TestWatchGoesOnWithAnotherServer takes the server away, in both ways, and
// changes something before the next one is there.
func TestWatchGoesOnWithAnotherServer(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *remote){
		"crashed": func(t *testing.T, r *remote) { t.Helper(); r.stop(t) },
		"left": func(t *testing.T, r *remote) {
			t.Helper()
			require.NoError(t, r.server.Shutdown(bounded(t)), "a watch holds up nobody")
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := hosttest.Cluster(t, 1).Store(0)
			r := serve(t, &node{Store: store})
			c := dial(t, r.address)
			var remote []metadata.WatchMessage
			for m, err := range c.Watch(bounded(t)) {
				require.NoError(t, err)
				switch {
				case m.Kind == metadata.WatchChange:
					remote = append(remote, m)
				case len(remote) == 0 && store.Status().Revision == 0: // the first bookmark
					create(t, store, "first")
					end(t, r)
					create(t, store, "last")
					serveAt(t, &node{Store: store}, r.address)
				}
				if createdTopic(m) == "last" {
					break
				}
			}
			local, err := changesUntil(bounded(t), store, "last", metadata.FromRevision(0))
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(local, remote))
		})
	}
}

func topicNamed(name string) metadata.Change {
	return metadata.Change{After: &metadata.Topic{Name: name}}
}

// TestStateThatBreaksOffIsToldAgain: half a state is none, and what comes after
// a whole one goes on from there.
func TestStateThatBreaksOffIsToldAgain(t *testing.T) {
	broken := errors.Join(metadata.ErrUnavailable)
	n := &node{watch: func(ctx context.Context, n int, yield func(metadata.WatchMessage, error) bool) {
		if n < 3 {
			_ = yield(metadata.WatchMessage{Kind: metadata.WatchState, Revision: 7, Changes: []metadata.Change{topicNamed("a")}}, nil) &&
				(n == 1 || yield(metadata.WatchMessage{Kind: metadata.WatchStateEnd, Revision: 7}, nil)) &&
				yield(metadata.WatchMessage{}, broken)
			return
		}
		yield(metadata.WatchMessage{Kind: metadata.WatchBookmark, Revision: 7}, nil)
		<-ctx.Done()
		yield(metadata.WatchMessage{}, ctx.Err())
	}}
	c := dial(t, serve(t, n).address)
	var kinds []metadata.WatchKind
	for m, err := range c.Watch(bounded(t), metadata.WithInitialState(), metadata.WatchNames("a")) {
		require.NoError(t, err)
		if kinds = append(kinds, m.Kind); m.Kind == metadata.WatchBookmark {
			break
		}
	}
	require.Equal(t, []metadata.WatchKind{metadata.WatchState, metadata.WatchState, metadata.WatchStateEnd, metadata.WatchBookmark}, kinds)
	require.Equal(t, []metadata.WatchOptions{
		{InitialState: true, NamePrefix: "a"},
		{InitialState: true, NamePrefix: "a"},
		{From: new(uint64(7)), NamePrefix: "a"},
	}, n.watches())
}

// end is the error that a watch ends with.
func end(ctx context.Context, t *testing.T, c *client.Client) (err error) {
	t.Helper()
	for _, err = range c.Watch(ctx) { //nolint:revive // only the last counts
	}
	return err
}

func bookmark(revision uint64) metadata.WatchMessage {
	return metadata.WatchMessage{Kind: metadata.WatchBookmark, Revision: revision}
}

func TestWatchOfANodeThatIsGone(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	r := serve(t, &node{Store: store})
	c := dial(t, r.address, client.RetryFor(200*time.Millisecond))
	var last error
	for _, err := range c.Watch(bounded(t)) {
		if last = err; err == nil {
			r.stop(t)
		}
	}
	require.ErrorIs(t, last, metadata.ErrUnavailable)
	require.ErrorIs(t, last, client.ErrUnreachable)
	require.ErrorContains(t, last, r.address)
}

// A connection may hang without breaking, and a node may say nothing.
func TestWatchOfANodeThatIsSilent(t *testing.T) {
	n := &node{watch: func(ctx context.Context, _ int, yield func(metadata.WatchMessage, error) bool) {
		_ = yield(bookmark(1), nil) && yield(bookmark(2), nil)
		<-ctx.Done()
		yield(metadata.WatchMessage{}, ctx.Err())
	}}
	c := dial(t, serve(t, n).address)
	_, err := c.Status(t.Context())
	require.NoError(t, err)
	c.Silence(time.Second)
	told := 0
	for m, err := range c.Watch(bounded(t)) {
		require.NoError(t, err)
		require.Equal(t, metadata.WatchBookmark, m.Kind)
		if told++; told > 4 {
			break
		}
	}
	require.Len(t, n.watches(), 3, "each one told two")
}

func TestWatchOfANodeThatNeverSpeaks(t *testing.T) {
	n := &node{watch: func(ctx context.Context, _ int, yield func(metadata.WatchMessage, error) bool) {
		<-ctx.Done()
		yield(metadata.WatchMessage{}, ctx.Err())
	}}
	c := dial(t, serve(t, n).address, client.RetryFor(3*time.Second))
	c.Silence(200 * time.Millisecond)
	err := end(bounded(t), t, c)
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorIs(t, err, client.ErrUnreachable)
	require.ErrorContains(t, err, "has told nothing for 200ms")
	require.Greater(t, len(n.watches()), 1)
}

// It isn't silence when the caller takes its time.
func TestSlowCallerIsNotSilence(t *testing.T) {
	n := &node{watch: func(ctx context.Context, _ int, yield func(metadata.WatchMessage, error) bool) {
		_ = yield(bookmark(1), nil) && yield(bookmark(2), nil)
		<-ctx.Done()
		yield(metadata.WatchMessage{}, ctx.Err())
	}}
	c := dial(t, serve(t, n).address)
	c.Silence(500 * time.Millisecond)
	for m, err := range c.Watch(bounded(t)) {
		require.NoError(t, err)
		if m.Revision == 2 {
			break
		}
		<-time.After(time.Second)
	}
	require.Len(t, n.watches(), 1)
}

// A node that is closed tells where it stands, and that it is closed, as often
// as it is asked.
func TestWatchOfANodeThatIsClosed(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	n := &node{Store: store}
	c := dial(t, serve(t, n).address, client.RetryFor(300*time.Millisecond))
	create(t, store, "orders")
	require.NoError(t, store.Close())
	err := end(bounded(t), t, c)
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.NotErrorIs(t, err, client.ErrUnreachable)
	require.Less(t, len(n.watches()), 20)
}

func TestWatchIsNotTriedAgain(t *testing.T) {
	n := &node{watch: func(_ context.Context, _ int, yield func(metadata.WatchMessage, error) bool) {
		yield(metadata.WatchMessage{}, metadata.ErrUnavailable)
	}}
	require.ErrorIs(t, end(bounded(t), t, dial(t, serve(t, n).address, client.RetryFor(0))), metadata.ErrUnavailable)
	require.Len(t, n.watches(), 1, "without RetryFor")

	n = &node{watch: func(_ context.Context, _ int, yield func(metadata.WatchMessage, error) bool) {
		yield(metadata.WatchMessage{}, &metadata.Error{Code: metadata.CodeInvalidRequest})
	}}
	require.ErrorIs(t, end(bounded(t), t, dial(t, serve(t, n).address)), metadata.ErrInvalid)
	require.Len(t, n.watches(), 1, "after a refusal")
}

func TestWatchEndsWithItsContext(t *testing.T) {
	c := dial(t, serve(t, hosttest.Cluster(t, 1).Store(0)).address)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var last error
	for _, err := range c.Watch(ctx) {
		cancel(why)
		last = err
	}
	require.Equal(t, why, last, "as in the node's own process")

	soon, cancelSoon := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancelSoon()
	require.ErrorIs(t, end(soon, t, c), context.DeadlineExceeded)

	t.Run("while nobody is there", func(t *testing.T) {
		soon, cancelSoon := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancelSoon()
		require.ErrorIs(t, end(soon, t, dial(t, nowhere(t))), context.DeadlineExceeded)
	})
}

func TestWatchOfAClosedClient(t *testing.T) {
	c, err := client.Dial(serve(t, hosttest.Cluster(t, 1).Store(0)).address)
	require.NoError(t, err)
	begin := time.Now()
	var last error
	for _, err := range c.Watch(bounded(t)) {
		if last = err; err == nil {
			require.NoError(t, c.Close())
		}
	}
	require.ErrorIs(t, last, net.ErrClosed)
	require.Less(t, time.Since(begin), client.DefaultRetryFor, "told at once")
}

// A write's first revision is what the client has seen last, and not what a
// watch of the past tells it.
func TestWatchOfThePastTakesNothingBack(t *testing.T) {
	n := &node{status: host.Status{Revision: 500}, watch: func(ctx context.Context, n int, yield func(metadata.WatchMessage, error) bool) {
		_ = yield(bookmark(3), nil) && (n == 1 || yield(bookmark(900), nil))
		<-ctx.Done()
		yield(metadata.WatchMessage{}, ctx.Err())
	}}
	c := dial(t, serve(t, n).address)
	for _, until := range []uint64{3, 900} {
		_, err := c.CreateTopic(t.Context(), orders)
		require.NoError(t, err)
		for m, err := range c.Watch(bounded(t), metadata.FromRevision(3)) {
			require.NoError(t, err)
			if m.Revision == until {
				break
			}
		}
	}
	_, err := c.CreateTopic(t.Context(), orders)
	require.NoError(t, err)
	attempts := n.attempts()
	require.EqualValues(t, 500, *attempts[0].FirstRevision)
	require.EqualValues(t, 501, *attempts[1].FirstRevision, "the first answer's")
	require.EqualValues(t, 900, *attempts[2].FirstRevision, "the watch's")
}
