package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/internal/nodes"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// clusterLog is what all nodes of a cluster print, shown when a test has failed.
type clusterLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *clusterLog) line(node, line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.WriteString(node + " | " + line + "\n")
}

// startCluster starts nodes of this binary, and returns when all are ready.
func startCluster(t *testing.T, count int) *nodes.Cluster {
	t.Helper()
	p, _ := builtin.Plugin("hashiraft")
	info, err := p.Describe(t.Context())
	require.NoError(t, err)
	log := &clusterLog{}
	c, err := nodes.Start(t.Context(), nodes.Config{
		Executable: os.Args[0], Dir: t.TempDir(), Nodes: count, Backend: info.Name,
		Identity: sdk.Identity{Plugin: info.Name, DataFormat: info.DataFormat, Claims: info.Claims},
		Output:   log.line, Ended: func(node, how string) { log.line(node, "ended: "+how) },
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, c.Close(clusterPatience(t)))
		if t.Failed() {
			t.Log(log.text.String())
		}
	})
	require.NoError(t, c.WaitReady(clusterPatience(t)))
	return c
}

func clusterPatience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	t.Cleanup(cancel)
	return ctx
}

// clientOf talks to a node, whether it is running or not.
func clientOf(t *testing.T, n *nodes.Node) *client.Client {
	t.Helper()
	c, err := client.Dial(n.GRPC(), client.RetryFor(startWait))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func writeVia(t *testing.T, n *nodes.Node, topic string) {
	t.Helper()
	_, err := clientOf(t, n).CreateTopic(clusterPatience(t), metadata.TopicSpec{Name: topic, Partitions: 3, ReplicationFactor: 1})
	require.NoError(t, err, "writing through %s", n.Name())
}

func statusOf(ctx context.Context, n *nodes.Node) (*metalogv1.Status, error) {
	c, err := client.Dial(n.GRPC())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	return c.Status(ctx)
}

// leaderOf is whom a node follows, once that is another one than not.
func leaderOf(t *testing.T, c *nodes.Cluster, ask *nodes.Node, not string) *nodes.Node {
	t.Helper()
	var leader string
	require.EventuallyWithT(t, func(ct *assert.CollectT) {
		s, err := statusOf(t.Context(), ask)
		require.NoError(ct, err)
		leader = s.GetLeader()
		require.NotContains(ct, []string{"", not}, leader)
	}, startWait, 20*time.Millisecond)
	return c.Node(leader)
}

func otherThan(c *nodes.Cluster, not *nodes.Node) *nodes.Node {
	for _, n := range c.Nodes() {
		if n != not {
			return n
		}
	}
	return nil
}

// requireSame waits until all nodes have one revision, and the same digest there.
func requireSame(t *testing.T, c *nodes.Cluster) {
	t.Helper()
	require.EventuallyWithT(t, func(ct *assert.CollectT) {
		first, err := statusOf(t.Context(), c.Nodes()[0])
		require.NoError(ct, err)
		for _, n := range c.Nodes()[1:] {
			s, err := statusOf(t.Context(), n)
			require.NoError(ct, err)
			require.Equal(ct, first.GetRevision(), s.GetRevision(), n.Name())
			require.Equal(ct, first.GetDigest(), s.GetDigest(), n.Name())
		}
	}, startWait, 50*time.Millisecond)
}

// A cluster of processes serves, goes on without its leader, and takes it back.
func TestClusterOutlivesItsLeader(t *testing.T) {
	begin := time.Now()
	c := startCluster(t, 3)
	ready := time.Since(begin)
	t.Logf("ready in %s", ready)
	require.Less(t, ready, 20*time.Second)

	leader := leaderOf(t, c, c.Node("n1"), "")
	follower := otherThan(c, leader)
	writeVia(t, follower, "before")
	plugins := leader.PluginPIDs()
	require.Len(t, plugins, 1)

	begin = time.Now()
	require.NoError(t, leader.Kill(nodes.Both))
	require.False(t, leader.Running())
	require.Zero(t, leader.PID())
	require.Empty(t, leader.PluginPIDs())
	writeVia(t, follower, "after")
	t.Logf("the next write after a kill took %s", time.Since(begin))

	require.NoError(t, leader.Start())
	require.NoError(t, leader.WaitReady(clusterPatience(t)))
	requireSame(t, c)
	writeVia(t, leader, "again")
	requireSame(t, c)
}

// A leader that is cut off loses its place, and follows when it is let in again.
func TestClusterParts(t *testing.T) {
	c := startCluster(t, 3)
	leader := leaderOf(t, c, c.Node("n1"), "")
	follower := otherThan(c, leader)
	var rest []string
	for _, n := range c.Nodes() {
		if n != leader {
			rest = append(rest, n.Name())
		}
	}
	begin := time.Now()
	require.NoError(t, c.Links().Partition([]string{leader.Name()}, rest))
	writeVia(t, follower, "without-it")
	t.Logf("the next write after a partition took %s", time.Since(begin))
	require.NotEqual(t, leader, leaderOf(t, c, follower, leader.Name()))
	c.Links().Heal()
	requireSame(t, c)
}

// A node is made, added and started, and has what the others have.
func TestClusterGrows(t *testing.T) {
	c := startCluster(t, 3)
	writeVia(t, c.Node("n1"), "before")
	n4, err := c.Join("n4")
	require.NoError(t, err)
	require.NoError(t, clientOf(t, c.Node("n2")).AddVoter(clusterPatience(t), sdk.Peer{NodeID: "n4", Address: n4.Peer()}, nil))
	require.NoError(t, n4.Start())
	require.NoError(t, n4.WaitReady(clusterPatience(t)))
	requireSame(t, c)
	writeVia(t, n4, "after")
	requireSame(t, c)
	require.Len(t, c.Nodes(), 4)
}

// A host whose plugin is killed starts another; a plugin whose host is killed ends.
func TestClusterHalvesOfANode(t *testing.T) {
	c := startCluster(t, 1)
	n := c.Node("n1")
	before := n.PluginPIDs()
	require.NoError(t, n.Kill(nodes.Plugin))
	writeVia(t, n, "by-another-plugin")
	require.NotEqual(t, before, n.PluginPIDs())

	orphan, host := n.PluginPIDs(), n.PID()
	require.NoError(t, n.Kill(nodes.Host))
	require.Eventually(t, func() bool { return !runs(orphan[0]) }, startWait, 10*time.Millisecond)
	require.NoError(t, n.Start())
	require.NoError(t, n.WaitReady(clusterPatience(t)))
	require.NotEqual(t, host, n.PID())
	require.ErrorContains(t, n.Start(), "running already")

	require.NoError(t, n.Freeze(nodes.Both))
	stalled, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, n.WaitReady(stalled), context.DeadlineExceeded)
	require.NoError(t, n.Stop(clusterPatience(t)), "a frozen node is thawed, so that it can end")
}

// runs reports whether a process is there that isn't only waiting to be reaped.
func runs(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !strings.Contains(string(stat[strings.LastIndexByte(string(stat), ')'):]), ") Z")
}
