package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// TestLostAnswerComesAgain breaks the connection once the write is applied and
// before its answer leaves: the repetition gets the first attempt's answer.
func TestLostAnswerComesAgain(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	var r *remote
	var first metadata.CreatedTopic
	n := &node{Store: store, create: func(_ context.Context, _ metadata.WriteOptions, then func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error) {
		created, err := then()
		if !created.Deduplicated {
			first = created
			r.cut()
		}
		return created, err
	}}
	r = serve(t, n)
	created, err := dial(t, r.address).CreateTopic(t.Context(), orders)
	require.NoError(t, err)
	require.True(t, created.Deduplicated)
	require.Equal(t, first.ID, created.ID)
	require.Equal(t, first.Revision, created.Revision)
	requireOneRequest(t, n.attempts(), 2)
	require.Equal(t, 1, store.Status().Counts.Topics)
}

// TestLostWriteIsRepeated loses the first attempt without a word, as a node
// does whose backend ends under it: the caller has time left, so the client
// doesn't spend all of it on that attempt.
func TestLostWriteIsRepeated(t *testing.T) {
	lost := make(chan struct{}, 1)
	lost <- struct{}{}
	n := &node{create: func(ctx context.Context, _ metadata.WriteOptions, then func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error) {
		select {
		case <-lost:
			<-ctx.Done()
			return metadata.CreatedTopic{}, &sdk.Error{Reason: sdk.ReasonTimeout, Err: ctx.Err()}
		default:
			return then()
		}
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := dial(t, serve(t, n).address).CreateTopic(ctx, orders)
	require.NoError(t, err)
	requireOneRequest(t, n.attempts(), 2)
}

// TestServerGoneAndBack takes the server away in the middle of a write, and
// starts another on the same address.
func TestServerGoneAndBack(t *testing.T) {
	store := hosttest.Cluster(t, 1).Store(0)
	applied := make(chan struct{})
	n := &node{Store: store, create: func(ctx context.Context, _ metadata.WriteOptions, then func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error) {
		created, err := then()
		close(applied)
		<-ctx.Done()
		return created, err
	}}
	r := serve(t, n)
	c := dial(t, r.address)
	answer := make(chan error, 1)
	var created metadata.CreatedTopic
	go func() {
		var err error
		created, err = c.CreateTopic(t.Context(), orders)
		answer <- err
	}()
	<-applied
	r.stop(t)
	serveAt(t, &node{Store: store}, r.address)
	require.NoError(t, <-answer)
	require.True(t, created.Deduplicated)
	require.EqualValues(t, 1, created.Revision)
}
