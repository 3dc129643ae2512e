package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/internal/nodes"
	"github.com/chronik-stream/metalog/sdk"
)

// devFlags are what `metalog dev` is told.
type devFlags struct {
	nodes    int
	backend  string
	options  string
	dataDir  string
	basePort int
	given    func(flag string) bool
}

func (c *cli) devCommand() *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a cluster on this machine, to try things out",
		Long: `Run a cluster on this machine, to try things out, until ^C or q. Each node is a
process, and so is its backend; nothing listens beyond this machine.

Node i, from 0 on, has gRPC at --base-port + 10 i, HTTP one above it, and its
peers two and three above it. On a terminal there is a table of the nodes, and
keys that kill the leader (k), start again what was killed (r), cut the leader off
from the others (p), heal that (h) and have the leader write a snapshot (s): after
k and p, the time to the next acknowledged write is measured. Elsewhere there are
lines. Warnings and errors of a node are shown behind its name.

Without --data-dir the data is gone afterwards. With it the cluster is kept, and
goes on when it is started again.`,
		Example: `  metalog dev
  metalog dev --nodes 5 --data-dir ./cluster
  metalog dev --backend ./metalog-backend-mine`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.given = cmd.Flags().Changed
			if f.given("addr") || c.format != formatTable {
				return usagef("dev runs a cluster and prints lines: it takes neither --addr nor -o")
			}
			return c.dev(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.nodes, "nodes", 3, "how many; 1 for a backend that isn't replicated")
	flags.StringVar(&f.backend, "backend", "hashiraft", "a built-in backend, or the path of a plugin (./mine)")
	flags.StringVar(&f.options, "backend-options", "", "the backend's own settings, as JSON")
	flags.StringVar(&f.dataDir, "data-dir", "", "keep the cluster here (default: it is gone afterwards)")
	flags.IntVar(&f.basePort, "base-port", 7400, "the first node's gRPC; 0 for addresses that are free")
	return cmd
}

// dev runs a cluster until ctx ends, or somebody says so.
func (c *cli) dev(ctx context.Context, f devFlags) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP, syscall.SIGQUIT) // as good as ^C: nothing is left behind
	defer stop()
	begin := time.Now()
	home, err := openHome(f)
	if err != nil {
		return err
	}
	cfg, err := c.devConfig(ctx, home)
	if err == nil {
		err = home.keep()
	}
	if err == nil {
		err = c.devCluster(ctx, cfg, begin)
	}
	return errors.Join(err, home.close())
}

// devConfig asks the backend what it is, and makes of that what the cluster is.
func (c *cli) devConfig(ctx context.Context, h *devHome) (nodes.Config, error) {
	p, err := pluginOf(h.Backend)
	if err != nil {
		return nodes.Config{}, usagef("backend: %w", err)
	}
	options, err := parseOptions(h.options)
	if err != nil {
		return nodes.Config{}, usagef("--backend-options: %w", err)
	}
	raw, err := backendConfig{Options: options}.optionsJSON()
	if err != nil {
		return nodes.Config{}, err
	}
	p.Logger = slog.New(slog.DiscardHandler)
	info, err := p.Describe(ctx)
	if err != nil {
		return nodes.Config{}, &failure{code: exitError, err: err}
	}
	if err := c.fitNodes(h, info); err != nil {
		return nodes.Config{}, err
	}
	return nodes.Config{
		Dir: h.dir, Nodes: h.Nodes, Backend: h.Backend, Options: raw, BasePort: h.BasePort,
		Identity: sdk.Identity{Plugin: info.Name, DataFormat: info.DataFormat, Claims: info.Claims},
	}, nil
}

// fitNodes holds the number of nodes against what the backend can do.
func (c *cli) fitNodes(h *devHome, info sdk.Info) error {
	switch replicated := info.Claims.Has(sdk.Replicated); {
	case !replicated && !h.nodesGiven:
		h.Nodes = 1
	case !replicated && h.Nodes > 1:
		return usagef("backend %s isn't replicated: it is one node, --nodes 1", info.Name)
	case replicated && h.Nodes == 1:
		c.note("warning: one node is no cluster: nothing goes on without it. Three go on without one: --nodes 3")
	case replicated && h.Nodes%2 == 0:
		c.note("warning: %d nodes go on without %d, as %d do: an even number only makes majorities larger",
			h.Nodes, (h.Nodes-1)/2, h.Nodes-1)
	case replicated && h.BasePort == 0 && h.kept:
		return usagef("--base-port 0 chooses other addresses at each start, and the members of a cluster that is kept " +
			"know each other by theirs: choose a port, or leave --data-dir out")
	}
	return nil
}

// startable makes a plugin's path one that means the same to every node, and leaves a
// built-in backend's name alone.
func startable(backend string) (string, error) {
	p, err := pluginOf(backend)
	if err != nil {
		return "", usagef("--backend: %w", err)
	}
	if p.Path != backend {
		return backend, nil
	}
	path, err := filepath.Abs(backend)
	if err != nil {
		return "", fmt.Errorf("--backend %s: %w", backend, err)
	}
	if _, err := os.Stat(path); err != nil {
		return "", usagef("--backend: no plugin at %s: %w", path, err)
	}
	return path, nil
}
