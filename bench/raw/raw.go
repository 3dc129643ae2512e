// Package raw is the reference of the benchmarks of a cluster: a raft library as a
// program uses it that has nothing around it. A command is an entry, and a state
// machine of its own makes a digest of them. Disk, options and time-outs are those of
// the plugin, so that what differs is what Metalog adds: the host, the wall between
// processes, and one entry for many events.
package raw

import (
	"context"
	"time"
)

// Node is one of a cluster. Any goroutine may use it.
type Node interface {
	// Leads reports whether this node believes to be the leader.
	Leads() bool
	// Write returns once data is committed and this node's state machine has it.
	Write(ctx context.Context, data []byte) error
	// Read returns once it is sure what has been committed.
	Read(ctx context.Context) error
	// State is how many commands the state machine has taken, and their digest in order.
	State() (count uint64, digest [32]byte)
	// Close stops the node.
	Close() error
}

// nextPatience ends a write that went to a leader which is gone.
const nextPatience = 300 * time.Millisecond

// Next tries until a write is acknowledged by n, or ctx ends.
func Next(ctx context.Context, n Node, data []byte) error {
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		short, cancel := context.WithTimeout(ctx, nextPatience)
		err := n.Write(short, data)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
		}
	}
}
