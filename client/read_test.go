package client_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func TestListsOfManyPages(t *testing.T) {
	const topics, perPage = 20_001, 10_000
	all := make([]*metadata.Topic, topics)
	for i := range all {
		all[i] = &metadata.Topic{Name: fmt.Sprintf("t%05d", i)}
	}
	var asked []metadata.ReadOptions
	n := &node{topics: func(_ context.Context, o metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
		asked = append(asked, o)
		// The state goes on between pages, and the backend goes away.
		return metadata.Read[[]*metadata.Topic]{Value: all, Revision: 100 + uint64(len(asked)), Stale: len(asked) == 3}, nil
	}}
	got, err := dial(t, serve(t, n).address).Topics(t.Context(), metadata.Linearizable())
	require.NoError(t, err)
	require.Len(t, got.Value, topics)
	require.Equal(t, "t20000", got.Value[topics-1].Name)
	require.EqualValues(t, 101, got.Revision, "no row is older than this")
	require.True(t, got.Stale)
	require.Len(t, asked, (topics+perPage-1)/perPage)
	require.Equal(t, metadata.ReadOptions{Linearizable: true, MinRevision: 102}, asked[2])
}

func TestReadOptionsArrive(t *testing.T) {
	var asked metadata.ReadOptions
	n := &node{topics: func(_ context.Context, o metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
		asked = o
		return metadata.Read[[]*metadata.Topic]{}, nil
	}}
	_, err := dial(t, serve(t, n).address).Topics(t.Context(), metadata.MinRevision(12), metadata.Linearizable())
	require.NoError(t, err)
	require.Equal(t, metadata.ReadOptions{MinRevision: 12, Linearizable: true}, asked)
}

func TestStatusAndCompact(t *testing.T) {
	n := &node{status: host.Status{NodeID: "n7", Revision: 3}}
	c := dial(t, serve(t, n).address)
	st, err := c.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, "n7", st.GetNode())
	require.NoError(t, c.Compact(t.Context()))

	n.compact = &sdk.Error{Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended, Message: "not this backend"}
	require.ErrorIs(t, c.Compact(t.Context()), sdk.ErrUnsupported)
}

// A node that has lost its backend answers from memory and says so.
func TestStaleReads(t *testing.T) {
	nodes := hosttest.Cluster(t, 1)
	c := dial(t, serve(t, nodes.Store(0)).address)
	_, err := c.CreateTopic(t.Context(), orders)
	require.NoError(t, err)
	fresh, err := c.Topic(t.Context(), "orders")
	require.NoError(t, err)
	require.False(t, fresh.Stale)
	require.NoError(t, nodes.Store(0).Close())
	stale, err := c.Topic(t.Context(), "orders")
	require.NoError(t, err)
	require.True(t, stale.Stale)
	require.Equal(t, fresh.Value, stale.Value)
	_, err = c.CreateTopic(t.Context(), orders)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
}

func ExampleDial() {
	c, err := client.Dial("127.0.0.1:7400")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	var store metadata.Store = c // from here on a remote node is like one in this process
	_ = store
}
