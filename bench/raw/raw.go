// Package raw is the reference of the benchmarks of a cluster: hashicorp/raft as a
// program uses it that has nothing around it. A command is an entry, and a state
// machine of its own makes a digest of them. Disk, options and time-outs are those of
// plugins/hashiraft, so that what differs is what Metalog adds: the host, the wall
// between processes, and one entry for many events.
package raw

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

// Node is one of a cluster. Any goroutine may use it.
type Node struct {
	name  string
	lib   *hashiraft.Raw
	chain *chain
}

// Open starts a node, as hashiraft.OpenRaw does.
func Open(cfg sdk.Config, tune func(*raft.Config)) (*Node, error) {
	n := &Node{name: cfg.NodeID, chain: &chain{}}
	var err error
	n.lib, err = hashiraft.OpenRaw(cfg, n.chain, tune)
	return n, err
}

// Leads reports whether this node believes to be the leader.
func (n *Node) Leads() bool { return n.lib.Raft.State() == raft.Leader }

// Write returns once data is committed and this node's state machine has it. It can't
// be given up while that is under way: the library has no such thing.
func (n *Node) Write(ctx context.Context, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return n.lib.Raft.Apply(data, 0).Error()
}

// Read returns once this node has heard from a majority that it leads.
func (n *Node) Read(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return n.lib.Raft.VerifyLeader().Error()
}

// Next tries until a write is acknowledged here, or ctx ends.
func (n *Node) Next(ctx context.Context, data []byte) error {
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		err := n.Write(ctx, data)
		if err == nil || ctx.Err() != nil || errors.Is(err, raft.ErrRaftShutdown) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
		}
	}
}

// State is how many commands the state machine has taken, and their digest in order.
func (n *Node) State() (count uint64, digest [32]byte) { return n.chain.state() }

// Close stops the node.
func (n *Node) Close() error { return n.lib.Close() }
