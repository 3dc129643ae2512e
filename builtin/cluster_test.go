package builtin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
)

// cluster is three hosts in this process over hashiraft, whose nodes are processes.
type cluster struct {
	t      *testing.T
	dir    string
	stores map[string]*host.Store // of the nodes that are open
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	t.Setenv("TMPDIR", runDir(t))
	c := &cluster{t: t, dir: t.TempDir(), stores: map[string]*host.Store{}}
	p, ok := builtin.Plugin("hashiraft")
	require.True(t, ok)
	info, err := p.Describe(t.Context())
	require.NoError(t, err)
	var peers []sdk.Peer
	for i := range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		peers = append(peers, sdk.Peer{NodeID: fmt.Sprintf("n%d", i+1), Address: l.Addr().String()})
		require.NoError(t, l.Close())
	}
	for i, p := range peers {
		others := append(append([]sdk.Peer{}, peers[:i]...), peers[i+1:]...)
		require.NoError(t, sdk.InitDirectory(sdk.Config{
			ClusterID: "c", NodeID: p.NodeID, DataDir: filepath.Join(c.dir, p.NodeID), Start: sdk.StartNew, Address: p.Address, Peers: others,
		}, sdk.Identity{Plugin: info.Name, DataFormat: info.DataFormat, Claims: info.Claims}))
		c.open(p.NodeID)
	}
	c.ready()
	return c
}

func (c *cluster) open(node string) {
	c.t.Helper()
	s, err := host.Open(c.t.Context(), host.Config{
		ClusterID: "c", NodeID: node, DataDir: filepath.Join(c.dir, node), Backend: builtin.Open("hashiraft"),
		Options: json.RawMessage(`{"heartbeat_timeout": "600ms", "election_timeout": "600ms"}`),
	})
	require.NoError(c.t, err)
	c.stores[node] = s
	c.t.Cleanup(func() { _ = s.Close() })
}

func (c *cluster) close(node string) {
	c.t.Helper()
	require.NoError(c.t, c.stores[node].Close())
	delete(c.stores, node)
}

func (c *cluster) ready() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	for node, s := range c.stores {
		require.NoError(c.t, s.WaitReady(ctx), node)
	}
}

// leader is the node that leads, once one does.
func (c *cluster) leader() string {
	c.t.Helper()
	leader := ""
	require.Eventually(c.t, func() bool {
		for _, s := range c.stores {
			leader = s.Status().Backend.Leader
		}
		return c.stores[leader] != nil
	}, 20*time.Second, 10*time.Millisecond)
	return leader
}

func (c *cluster) follower() string {
	leader := c.leader()
	for node := range c.stores {
		if node != leader {
			return node
		}
	}
	return ""
}

// killPlugin ends a node's backend by SIGKILL; its host opens another.
func (c *cluster) killPlugin(node string) {
	if pid := c.stores[node].Status().Plugin.PID; pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// same waits until all nodes have the same state, and returns what they count.
func (c *cluster) same() host.Status {
	c.t.Helper()
	var first host.Status
	require.EventuallyWithT(c.t, func(t *assert.CollectT) {
		first = host.Status{}
		for node, s := range c.stores {
			st := s.Status()
			if first.NodeID == "" {
				first = st
			}
			require.Equal(t, first.Revision, st.Revision, node)
			require.Equal(t, first.Digest, st.Digest, node)
			require.Equal(t, first.Counts, st.Counts, node)
		}
	}, 30*time.Second, 20*time.Millisecond)
	return first
}
