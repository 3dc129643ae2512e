package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	benchStart  = 30 * time.Second
	benchSettle = 10 * time.Second // for followers that are behind
	benchLook   = 10 * time.Millisecond
)

// benchCluster is nodes in this process, each with its plugin in another.
type benchCluster struct {
	plugin  launch.Plugin
	info    sdk.Info
	options []byte
	dir     string
	nodes   []*host.Store
}

// benchOwn measures nodes that it starts for that.
func (c *cli) benchOwn(ctx context.Context, f benchFlags, nodesGiven bool) (err error) {
	cluster, err := c.benchCluster(ctx, f)
	if err != nil {
		return err
	}
	if !cluster.info.Claims.Has(sdk.Replicated) {
		if nodesGiven && f.nodes > 1 {
			return usagef("backend %s isn't replicated: it is one node, --nodes 1", cluster.info.Name)
		}
		f.nodes = 1
	}
	if cluster.dir, err = os.MkdirTemp(f.dir, "metalog-bench-"); err != nil {
		return usagef("--data-dir: %w", err)
	}
	defer func() { err = errors.Join(err, cluster.close()) }()
	if inMemory(cluster.dir) {
		c.note("warning: %s is in memory, where nothing waits for a disk: choose a directory on one with --data-dir", filepath.Dir(cluster.dir))
	}
	if err := cluster.start(ctx, f.nodes); err != nil {
		return &failure{code: exitError, err: err}
	}
	target := fmt.Sprintf("backend %s, nodes: %d, in %s", cluster.info.Name, f.nodes, filepath.Dir(cluster.dir))
	if err := c.explain(c.bench(ctx, f, target, cluster.leader())); err != nil {
		return err
	}
	return cluster.agree(ctx)
}

func (c *cli) benchCluster(ctx context.Context, f benchFlags) (*benchCluster, error) {
	p, err := pluginOf(f.backend)
	if err != nil {
		return nil, usagef("--backend: %w", err)
	}
	options, err := parseOptions(f.options)
	if err != nil {
		return nil, usagef("--backend-options: %w", err)
	}
	raw, err := backendConfig{Options: options}.optionsJSON()
	if err != nil {
		return nil, err
	}
	p.Logger = slog.New(slog.DiscardHandler)
	info, err := p.Describe(ctx)
	if err != nil {
		return nil, &failure{code: exitError, err: err}
	}
	return &benchCluster{plugin: p, info: info, options: raw}, nil
}

// start returns when all nodes are ready.
func (b *benchCluster) start(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, benchStart)
	defer cancel()
	peers := make([]sdk.Peer, n)
	for i := range peers {
		address, err := links.Free()
		if err != nil {
			return err
		}
		peers[i] = sdk.Peer{NodeID: fmt.Sprintf("n%d", i+1), Address: address}
	}
	for i := range peers {
		if err := b.add(ctx, peers, i); err != nil {
			return fmt.Errorf("node %s: %w", peers[i].NodeID, err)
		}
	}
	for i, node := range b.nodes {
		if err := node.WaitReady(ctx); err != nil {
			return fmt.Errorf("node %s isn't ready: %w", peers[i].NodeID, err)
		}
	}
	return nil
}

// add starts the i-th node.
func (b *benchCluster) add(ctx context.Context, peers []sdk.Peer, i int) error {
	self := peers[i]
	cfg := sdk.Config{ClusterID: "bench", NodeID: self.NodeID, DataDir: filepath.Join(b.dir, self.NodeID), Start: sdk.StartNew}
	if b.info.Claims.Has(sdk.Replicated) {
		cfg.Address = self.Address
		for k, p := range peers {
			if k != i {
				cfg.Peers = append(cfg.Peers, p)
			}
		}
		identity := sdk.Identity{Plugin: b.info.Name, DataFormat: b.info.DataFormat, Claims: b.info.Claims}
		if err := sdk.InitDirectory(cfg, identity); err != nil {
			return err
		}
	}
	node, err := host.Open(ctx, host.Config{
		ClusterID: cfg.ClusterID, NodeID: cfg.NodeID, DataDir: cfg.DataDir, Backend: b.plugin.Open, Options: b.options,
	})
	if err == nil {
		b.nodes = append(b.nodes, node)
	}
	return err
}

// leader is the node that leads, or any if none is known to.
func (b *benchCluster) leader() *host.Store {
	for _, n := range b.nodes {
		if st := n.Status(); st.Backend.Leader == st.NodeID {
			return n
		}
	}
	return b.nodes[0]
}

// agree waits until all nodes have the same state: figures of others are worth nothing.
func (b *benchCluster) agree(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, benchSettle)
	defer cancel()
	again := time.NewTicker(benchLook)
	defer again.Stop()
	for !b.same() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return &failure{code: exitError, err: errors.New("the nodes don't have the same state: these figures are worth nothing")}
		}
	}
	return nil
}

func (b *benchCluster) same() bool {
	first := b.nodes[0].Status()
	for _, n := range b.nodes {
		if st := n.Status(); st.Revision != first.Revision || st.Digest != first.Digest {
			return false
		}
	}
	return true
}

// close ends the nodes and takes their data away.
func (b *benchCluster) close() error {
	var errs []error
	for _, n := range b.nodes {
		errs = append(errs, n.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}
