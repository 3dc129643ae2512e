package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/internal/nodes"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	patience = 60 * time.Second
	tick     = 20 * time.Millisecond
)

// kit is three nodes without a load.
type kit struct {
	*nodes.Cluster
	t *testing.T
}

func startNodes(t *testing.T, options json.RawMessage) *kit {
	t.Helper()
	cfg := config(t, 0)
	log, err := os.Create(filepath.Join(cfg.Dir, "nodes.log"))
	require.NoError(t, err)
	var mu sync.Mutex
	line := func(node, line string) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = log.WriteString(node + " | " + line + "\n")
	}
	c, err := nodes.Start(t.Context(), nodes.Config{
		Executable: cfg.Executable, Dir: cfg.Dir, Nodes: 3, Backend: cfg.Backend, Identity: cfg.Identity, Options: options,
		Output: line, Ended: func(node, how string) { line(node, "ended: "+how) },
	})
	require.NoError(t, err)
	k := &kit{c, t}
	t.Cleanup(func() {
		assert.NoError(t, c.Close(k.soon()))
		assert.NoError(t, log.Close())
		if t.Failed() {
			t.Logf("kept in %s", cfg.Dir)
		}
	})
	require.NoError(t, c.WaitReady(k.soon()))
	return k
}

func (k *kit) soon() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	k.t.Cleanup(cancel)
	return ctx
}

// client talks to a node, whether it is running or not, and repeats for a time.
func (k *kit) client(n *nodes.Node, retry time.Duration) *client.Client {
	k.t.Helper()
	c, err := client.Dial(n.GRPC(), client.RetryFor(retry))
	require.NoError(k.t, err)
	k.t.Cleanup(func() { assert.NoError(k.t, c.Close()) })
	return c
}

// leader waits until all those nodes name the same one, and returns it.
func (k *kit) leader(among ...*nodes.Node) (leader *nodes.Node) {
	k.t.Helper()
	if len(among) == 0 {
		among = k.Nodes()
	}
	var clients []*client.Client
	for _, n := range among {
		clients = append(clients, k.client(n, 0))
	}
	require.EventuallyWithT(k.t, func(ct *assert.CollectT) {
		name := ""
		for _, c := range clients {
			s, err := c.Status(k.soon())
			require.NoError(ct, err)
			require.NotEmpty(ct, s.GetLeader())
			require.Contains(ct, []string{"", s.GetLeader()}, name)
			name = s.GetLeader()
		}
		leader = k.Node(name)
		require.Contains(ct, among, leader)
	}, patience, tick)
	return leader
}

func (k *kit) others(than *nodes.Node) (rest []*nodes.Node) {
	for _, n := range k.Nodes() {
		if n != than {
			rest = append(rest, n)
		}
	}
	return rest
}

// part cuts a node off.
func (k *kit) part(n *nodes.Node) {
	k.t.Helper()
	var rest []string
	for _, other := range k.others(n) {
		rest = append(rest, other.Name())
	}
	require.NoError(k.t, k.Links().Partition([]string{n.Name()}, rest))
}

// same waits until all nodes have one state, and returns what one says of it.
func (k *kit) same() (first *metalogv1.Status) {
	k.t.Helper()
	var clients []*client.Client
	for _, n := range k.Nodes() {
		clients = append(clients, k.client(n, 0))
	}
	require.EventuallyWithT(k.t, func(ct *assert.CollectT) {
		var err error
		first, err = clients[0].Status(k.soon())
		require.NoError(ct, err)
		for _, c := range clients {
			s, err := c.Status(k.soon())
			require.NoError(ct, err)
			require.True(ct, s.GetReady(), s.GetReason())
			require.Equal(ct, first.GetRevision(), s.GetRevision(), s.GetNode())
			require.Equal(ct, first.GetDigest(), s.GetDigest(), s.GetNode())
		}
	}, patience, tick)
	return first
}

// topics are the names that a node lists.
func (k *kit) topics(n *nodes.Node) map[string]bool {
	k.t.Helper()
	got, err := k.client(n, patience).Topics(k.soon(), metadata.Linearizable())
	require.NoError(k.t, err)
	names := map[string]bool{}
	for _, t := range got.Value {
		require.False(k.t, names[t.Name], "%s is there twice", t.Name)
		names[t.Name] = true
	}
	return names
}

func spec(name string) metadata.TopicSpec {
	return metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: 1}
}

// How long one client repeats a creation, and how long it may take with its answer.
const (
	retrying  = 4 * time.Second
	answering = 6 * time.Second
)

// create creates a topic, through one client after another until its outcome is known.
func create(ctx context.Context, name string, via ...*client.Client) (metadata.CreatedTopic, error) {
	var opts []metadata.WriteOption
	for i := 0; ; i++ {
		within, cancel := context.WithTimeout(ctx, answering)
		got, err := via[i%len(via)].CreateTopic(within, spec(name), opts...)
		cancel()
		unknown, ok := errors.AsType[*client.UnknownOutcome](err)
		if ok {
			opts = []metadata.WriteOption{metadata.WithRequestID(unknown.RequestID, unknown.FirstRevision)}
		}
		if again := ok || errors.Is(err, sdk.ErrNotAppended); !again || ctx.Err() != nil {
			return got, err
		}
	}
}
