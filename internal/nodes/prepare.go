package nodes

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/sdk"
)

// prepare does all that can fail before a process is started.
func (c *Cluster) prepare(ctx context.Context) (err error) {
	if c.tmp, err = os.MkdirTemp("", "metalog-"); err != nil { // sockets' paths have to be short
		return err
	}
	c.env = environment(c.tmp, c.cfg.Env)
	if err := c.link(ctx); err != nil {
		return err
	}
	return c.initialize()
}

// initialize makes a replicated backend's directories if there are none. Where some
// are there, one that isn't has been lost, and an empty one in its place would forget
// what it had promised.
func (c *Cluster) initialize() error {
	if !c.cfg.replicated() {
		return nil
	}
	var gone []string
	for _, n := range c.nodes {
		if !exists(filepath.Join(n.Dir(), "IDENTITY")) {
			gone = append(gone, n.name)
		}
	}
	if len(gone) > 0 && len(gone) < len(c.nodes) {
		return fmt.Errorf("the data of %s is gone from %s, that of the other nodes is there: put it back, or begin anew in another directory",
			strings.Join(gone, ", "), c.cfg.Dir)
	}
	for _, n := range c.nodes {
		if len(gone) == 0 {
			break
		}
		if err := n.initialize(sdk.StartNew, c.others(n)); err != nil {
			return fmt.Errorf("the directory of node %s: %w", n.name, err)
		}
	}
	return nil
}

// link gives every node its addresses.
func (c *Cluster) link(ctx context.Context) (err error) {
	if c.cfg.BasePort == 0 {
		if c.links, err = links.New(); err != nil {
			return err
		}
		c.links.LogTo(c.cfg.Logger)
		for i := range c.cfg.Nodes {
			if _, err := c.add(nameOf(i)); err != nil {
				return err
			}
		}
		return nil
	}
	ends := map[string]links.Addresses{}
	for i := range c.cfg.Nodes {
		n := &Node{name: nameOf(i), cluster: c, at: fixed(c.cfg.BasePort, i)}
		if err := n.at.free(ctx, n.name); err != nil {
			return err
		}
		if c.cfg.replicated() {
			ends[n.name] = n.at.peer
		} else {
			n.at.peer = links.Addresses{}
		}
		c.nodes = append(c.nodes, n)
	}
	if c.links, err = links.Over(ends); err != nil {
		return err
	}
	c.links.LogTo(c.cfg.Logger)
	return nil
}

// environment is what nodes see of this process's.
func environment(tmp string, more []string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "METALOG_") || strings.HasPrefix(v, "TMPDIR=")
	})
	return append(append(env, "TMPDIR="+tmp), more...)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
