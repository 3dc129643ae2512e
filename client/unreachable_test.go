package client_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// nowhere is an address that nobody listens at.
func nowhere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestNobodyListens(t *testing.T) {
	address := nowhere(t)
	c := dial(t, address)
	t.Run("read", func(t *testing.T) {
		_, err := c.Topic(t.Context(), "orders")
		require.ErrorIs(t, err, client.ErrUnreachable)
		require.ErrorIs(t, err, metadata.ErrUnavailable)
		require.Regexp(t, "^no node answers at "+address+": .*connection refused$", err.Error())
		require.NotErrorIs(t, err, metadata.ErrNotFound)
	})
	t.Run("status", func(t *testing.T) {
		_, err := c.Status(t.Context())
		require.ErrorIs(t, err, client.ErrUnreachable)
	})
	for name, opts := range map[string][]metadata.WriteOption{
		"write":             nil,
		"write with its id": {metadata.WithRequestID(metadata.RequestID{1}, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			_, err := c.CreateTopic(t.Context(), orders, opts...)
			require.ErrorIs(t, err, client.ErrUnreachable)
			require.ErrorIs(t, err, sdk.ErrNotAppended)
			require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
			require.Less(t, time.Since(begin), client.DefaultRetryFor, "told at once")
		})
	}
}

func TestNoSuchName(t *testing.T) {
	_, err := dial(t, "nowhere.invalid:1").Topic(t.Context(), "orders")
	require.ErrorIs(t, err, client.ErrUnreachable)
	require.EqualError(t, err, "no node answers at nowhere.invalid:1: the name has no address")
}

func TestServerGoneForGood(t *testing.T) {
	var r *remote
	n := &node{create: func(context.Context, metadata.WriteOptions, func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error) {
		_ = r.Close()
		r.cut()
		return metadata.CreatedTopic{}, nil
	}}
	r = serve(t, n)
	_, err := dial(t, r.address, client.RetryFor(200*time.Millisecond)).CreateTopic(t.Context(), orders)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, sdk.ErrNotAppended, "a later attempt that was never sent doesn't settle the first")
	require.ErrorIs(t, err, client.ErrUnreachable)
	u, ok := errors.AsType[*client.UnknownOutcome](err)
	require.True(t, ok)
	require.Equal(t, n.attempts()[0].RequestID, u.RequestID)
}

// mute accepts connections and never says anything.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l.Addr().String()
}

// stuck never answers by itself. It tells entered of each write.
func stuck(entered chan<- struct{}) *node {
	return &node{
		create: func(ctx context.Context, _ metadata.WriteOptions, _ func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error) {
			entered <- struct{}{}
			<-ctx.Done()
			return metadata.CreatedTopic{}, ctx.Err()
		},
		topics: func(ctx context.Context, _ metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
			<-ctx.Done()
			return metadata.Read[[]*metadata.Topic]{}, errors.Join(metadata.ErrUnavailable, ctx.Err())
		},
	}
}

func TestDeadlines(t *testing.T) {
	soon := func(t *testing.T) context.Context {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	connected := func(t *testing.T, n *node) *client.Client {
		t.Helper()
		c := dial(t, serve(t, n).address)
		_, err := c.Status(t.Context())
		require.NoError(t, err)
		return c
	}
	t.Run("write that was sent", func(t *testing.T) {
		c := connected(t, stuck(make(chan struct{}, 1)))
		_, err := c.CreateTopic(soon(t), orders, metadata.WithRequestID(metadata.RequestID{1}, 3))
		require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotContains(t, err.Error(), "RST_STREAM", "nothing of gRPC's own, whether the node or the client noticed first")
		u, ok := errors.AsType[*client.UnknownOutcome](err)
		require.True(t, ok)
		require.EqualValues(t, 3, u.FirstRevision)
	})
	t.Run("write that was canceled", func(t *testing.T) {
		entered := make(chan struct{}, 1)
		c := connected(t, stuck(entered))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := c.CreateTopic(ctx, orders, metadata.WithRequestID(metadata.RequestID{2}, 3))
			done <- err
		}()
		<-entered
		cancel()
		err := <-done
		require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("write that wasn't sent", func(t *testing.T) {
		_, err := dial(t, mute(t)).CreateTopic(soon(t), orders, metadata.WithRequestID(metadata.RequestID{1}, 3))
		require.ErrorIs(t, err, sdk.ErrNotAppended)
		require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "no answer in time")
	})
	t.Run("read", func(t *testing.T) {
		_, err := connected(t, stuck(nil)).Topics(soon(t))
		require.ErrorIs(t, err, metadata.ErrUnavailable)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestClosedClient(t *testing.T) {
	entered := make(chan struct{}, 1)
	c, err := client.Dial(serve(t, stuck(entered)).address)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := c.CreateTopic(t.Context(), orders)
		done <- err
	}()
	<-entered
	require.NoError(t, c.Close())
	err = <-done
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorIs(t, err, net.ErrClosed)

	_, err = c.CreateTopic(t.Context(), orders)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = c.Topic(t.Context(), "orders")
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestAddressThatIsNone(t *testing.T) {
	_, err := client.Dial("unknown-scheme://\x00")
	require.Error(t, err)
}
