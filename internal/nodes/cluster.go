package nodes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/sdk"
)

// Cluster is nodes and the links between them. Any number of goroutines may use it;
// whoever started it closes it.
type Cluster struct {
	cfg   Config
	links *links.Net
	env   []string
	tmp   string // the nodes' directory for temporary files

	mu    sync.Mutex
	nodes []*Node // only ever appended to
}

// Start makes the directories that aren't there and starts every node. It doesn't
// wait until they serve: WaitReady does. After an error nothing is left but what is
// in Config.Dir. The error is a *PortError if another process has a port of
// Config.BasePort's. The end of ctx ends the start, and not a cluster that has started.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	cfg, err := cfg.whole()
	if err != nil {
		return nil, err
	}
	c := &Cluster{cfg: cfg}
	err = c.prepare(ctx)
	for _, n := range c.nodes {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = n.Start()
		}
	}
	if err != nil {
		return nil, errors.Join(err, c.kill())
	}
	return c, nil
}

// add makes a node at addresses that nobody else has.
func (c *Cluster) add(name string) (*Node, error) {
	n := &Node{name: name, cluster: c}
	var err error
	if c.cfg.replicated() {
		if n.at.peer, err = c.links.Join(name); err != nil {
			return nil, err
		}
	}
	if n.at.grpc, n.at.http, err = anywhere(); err != nil {
		return nil, fmt.Errorf("addresses for the API of node %s: %w", name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, n)
	return n, nil
}

// Join makes a node that is to be added to the cluster, and its directory, and starts
// nothing: the caller has the cluster add it as a member, at its Peer, and then
// starts it.
func (c *Cluster) Join(name string) (*Node, error) {
	if !c.cfg.replicated() {
		return nil, fmt.Errorf("backend %q isn't replicated: nothing can join its cluster", c.cfg.Backend)
	}
	n, err := c.add(name)
	if err != nil {
		return nil, err
	}
	return n, n.initialize(sdk.StartJoin, c.others(n))
}

// others are the peers of a node.
func (c *Cluster) others(than *Node) []sdk.Peer {
	var peers []sdk.Peer
	for _, n := range c.Nodes() {
		if n != than {
			peers = append(peers, sdk.Peer{NodeID: n.name, Address: n.Peer()})
		}
	}
	return peers
}

// Nodes are all, in the order in which they came.
func (c *Cluster) Nodes() []*Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.nodes)
}

// Node is the one of that name; nil: there is none.
func (c *Cluster) Node(name string) *Node {
	for _, n := range c.Nodes() {
		if n.name == name {
			return n
		}
	}
	return nil
}

// Links is the network between the nodes, with none in it if the backend isn't
// replicated. The cluster closes it.
func (c *Cluster) Links() *links.Net { return c.links }

// Close stops every node, as Node.Stop does, and returns when no process, connection
// or goroutine is left. The nodes' data stays.
func (c *Cluster) Close(ctx context.Context) error {
	err := c.each(func(n *Node) error { return n.Stop(ctx) })
	return errors.Join(err, c.kill())
}

// kill ends at once what there is.
func (c *Cluster) kill() error {
	err := c.each(func(n *Node) error { return n.Kill(Both) })
	if c.links != nil {
		err = errors.Join(err, c.links.Close())
	}
	if c.tmp != "" {
		err = errors.Join(err, os.RemoveAll(c.tmp))
	}
	return err
}
