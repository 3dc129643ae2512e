package nodes

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
)

// Node is one node, whether it is running or not. Any number of goroutines may use
// it; those that start, stop or kill it decide among themselves who does.
type Node struct {
	name    string
	cluster *Cluster
	at      addresses

	mu  sync.Mutex
	run *run // the last one; nil: it has never been started
}

// Name is n1, n2 and so on, or what Join was told.
func (n *Node) Name() string { return n.name }

// GRPC is where the node's API is, as HOST:PORT, the same after each start.
func (n *Node) GRPC() string { return n.at.grpc }

// HTTP is where /readyz and /metrics are, as HOST:PORT, the same after each start.
func (n *Node) HTTP() string { return n.at.http }

// Peer is where the other nodes reach this one: through the links. Empty if the
// backend isn't replicated.
func (n *Node) Peer() string { return n.at.peer.Advertised }

// Dir is the node's data directory.
func (n *Node) Dir() string { return filepath.Join(n.cluster.cfg.Dir, n.name) }

// Running reports whether its host process is there, frozen or not.
func (n *Node) Running() bool { return n.current() != nil }

// PID is the host process; 0: it isn't running.
func (n *Node) PID() int {
	if r := n.current(); r != nil {
		return r.pid()
	}
	return 0
}

// PluginPIDs are the processes that the host has as its backend: one, or none while
// it is between two. They can't be told once the host is gone.
func (n *Node) PluginPIDs() []int {
	if r := n.current(); r != nil {
		return children(r.pid())
	}
	return nil
}

// Exited is closed when the process that runs now has ended and all of its output
// has been told; it is closed already if none runs.
func (n *Node) Exited() <-chan struct{} {
	if r := n.current(); r != nil {
		return r.exited
	}
	closed := make(chan struct{})
	close(closed)
	return closed
}

// current is the process that runs; nil: none does.
func (n *Node) current() *run {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run == nil || n.run.over() {
		return nil
	}
	return n.run
}

// Start starts the node's process and returns at once; WaitReady waits for what the
// process does. A directory that a killed plugin still holds is waited for by the
// process itself.
func (n *Node) Start() error {
	c := n.cluster
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run != nil && !n.run.over() {
		return fmt.Errorf("node %s is running already, as process %d", n.name, n.run.pid())
	}
	r, err := start(c.cfg.Executable, n.args(), c.env,
		func(line string) { c.cfg.Output(n.name, line) }, func(how string) { c.cfg.Ended(n.name, how) })
	if err != nil {
		return fmt.Errorf("starting node %s: %w", n.name, err)
	}
	c.links.SetPID(n.name, r.pid())
	n.run = r
	return nil
}

func (n *Node) args() []string {
	cfg := n.cluster.cfg
	args := []string{
		"server", "--node-id", n.name, "--cluster-id", cfg.ClusterID, "--data-dir", n.Dir(), "--backend", cfg.Backend,
		"--listen-grpc", n.at.grpc, "--listen-http", n.at.http,
	}
	if len(cfg.Options) > 0 {
		args = append(args, "--backend-options", string(cfg.Options))
	}
	if cfg.replicated() {
		args = append(args, "--listen-peer", n.at.peer.Listen)
	}
	return append(args, cfg.Args...)
}

// Stop asks the process to end, thawed if it was frozen, and returns when it and its
// plugin are gone. When ctx ends first both are killed, and the error says so; an end
// of another kind than was asked for is an error too.
func (n *Node) Stop(ctx context.Context) error {
	r := n.current()
	if r == nil {
		return nil
	}
	plugins := n.PluginPIDs()
	err := errors.Join(signalGroups(plugins, syscall.SIGCONT), r.signal(syscall.SIGCONT), r.signal(syscall.SIGTERM))
	if late := errors.Join(n.awaitExit(ctx, r), n.awaitGone(ctx, plugins)); late != nil {
		return errors.Join(err, fmt.Errorf("node %s didn't stop and was killed: %w", n.name, late), n.Kill(Both), signalGroups(plugins, syscall.SIGKILL))
	}
	if !r.stopped() {
		err = errors.Join(err, r.ending(n.name))
	}
	return err
}

// initialize makes the directory of a replicated backend's node.
func (n *Node) initialize(start sdk.Start, peers []sdk.Peer) error {
	cfg := n.cluster.cfg
	return sdk.InitDirectory(sdk.Config{
		ClusterID: cfg.ClusterID, NodeID: n.name, DataDir: n.Dir(), Start: start, Address: n.Peer(), Peers: peers,
	}, cfg.Identity)
}
