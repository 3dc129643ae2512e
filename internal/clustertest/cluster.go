// Package clustertest is clusters of a backend in one test process: each node with a
// directory of its own and a host that keeps every entry. Run has them do what every
// backend of several nodes does alike.
package clustertest

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// patience is how long anything may take that a test waits for.
const patience = 10 * time.Second

// Cluster is nodes in this process, each with a directory of its own. The test's
// goroutine uses it; what a test has open at its end is closed then.
type Cluster struct {
	Kind
	T     *testing.T
	Peers []sdk.Peer       // the members as they were told of
	Nodes map[string]*Node // by name

	dir     string
	written map[string]int // by Node.Write
}

// Empty is a cluster without nodes.
func Empty(t *testing.T, kind Kind) *Cluster {
	t.Helper()
	return &Cluster{Kind: kind, T: t, Nodes: map[string]*Node{}, dir: t.TempDir(), written: map[string]int{}}
}

// NewCluster makes n1 to nN, and opens none.
func NewCluster(t *testing.T, kind Kind, n int) *Cluster {
	t.Helper()
	c := Empty(t, kind)
	for i := range n {
		c.Peers = append(c.Peers, sdk.Peer{NodeID: fmt.Sprintf("n%d", i+1), Address: FreeAddress(t)})
	}
	for _, p := range c.Peers {
		c.Init(p, sdk.StartNew)
	}
	return c
}

// StartCluster opens all of NewCluster's nodes, and returns when they can be written to.
func StartCluster(t *testing.T, kind Kind, n int) *Cluster {
	t.Helper()
	c := NewCluster(t, kind, n)
	c.OpenAll()
	return c
}

// OpenAll opens all nodes, and returns when they can be written to.
func (c *Cluster) OpenAll() {
	c.T.Helper()
	for _, p := range c.Peers {
		c.Nodes[p.NodeID].Open()
	}
	for _, p := range c.Peers {
		c.Nodes[p.NodeID].Ready()
	}
}

// RestartAll closes all nodes, then opens them to empty hosts.
func (c *Cluster) RestartAll() {
	c.T.Helper()
	for _, n := range c.Nodes {
		n.Close()
		n.Recorder = NewRecorder()
	}
	c.OpenAll()
}

// Init makes a directory for a node, which is told of all peers there are.
func (c *Cluster) Init(p sdk.Peer, start sdk.Start) *Node {
	c.T.Helper()
	var others []sdk.Peer
	for _, o := range c.Peers {
		if o.NodeID != p.NodeID {
			others = append(others, o)
		}
	}
	require.NoError(c.T, sdk.InitDirectory(sdk.Config{
		ClusterID: "c", NodeID: p.NodeID, DataDir: c.DirOf(p.NodeID), Start: start, Address: p.Address, Peers: others,
	}, c.Identity))
	n := NewNode(c, p.NodeID)
	c.Nodes[p.NodeID] = n
	return n
}

// Join adds a node as add says, and starts it.
func (c *Cluster) Join(name string, add func(ctx context.Context, p sdk.Peer) error) *Node {
	c.T.Helper()
	p := sdk.Peer{NodeID: name, Address: FreeAddress(c.T)}
	require.NoError(c.T, add(Soon(c.T), p))
	n := c.Init(p, sdk.StartJoin)
	c.Peers = append(c.Peers, p)
	n.Open()
	n.Ready()
	return n
}

// DirOf is a node's data directory.
func (c *Cluster) DirOf(name string) string { return filepath.Join(c.dir, name) }

// PeerOf is a peer as the others were told of it; empty: there is none.
func (c *Cluster) PeerOf(name string) sdk.Peer {
	for _, p := range c.Peers {
		if p.NodeID == name {
			return p
		}
	}
	return sdk.Peer{}
}

// AddressOf is where a peer is.
func (c *Cluster) AddressOf(name string) string { return c.PeerOf(name).Address }

// Leader waits until all open nodes agree on one.
func (c *Cluster) Leader() *Node {
	c.T.Helper()
	leader := ""
	require.Eventually(c.T, func() bool {
		leader = ""
		for _, n := range c.Nodes {
			if n.Backend == nil {
				continue
			}
			st := n.Status()
			if st.Leader == "" || leader != "" && leader != st.Leader {
				return false
			}
			leader = st.Leader
		}
		return leader != "" && c.Nodes[leader].Backend != nil
	}, patience, 5*time.Millisecond, "no leader that all agree on")
	return c.Nodes[leader]
}

// Follower is an open node that doesn't lead, the first by the order of Peers.
func (c *Cluster) Follower() *Node {
	c.T.Helper()
	leader := c.Leader()
	for _, p := range c.Peers {
		if n := c.Nodes[p.NodeID]; n != leader && n.Backend != nil {
			return n
		}
	}
	require.FailNow(c.T, "no follower is open")
	return nil
}

// Same waits until every open node has the same entries.
func (c *Cluster) Same() {
	c.T.Helper()
	require.EventuallyWithT(c.T, func(t *assert.CollectT) {
		var want []string
		for _, n := range c.Nodes {
			if n.Backend == nil {
				continue
			}
			if want == nil {
				want = n.Entries()
			}
			require.Equal(t, want, n.Entries(), n.Name)
		}
	}, patience, 10*time.Millisecond)
}

// Soon is a context for what has to be done by then.
func Soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
