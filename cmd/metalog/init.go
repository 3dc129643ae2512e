package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

// initFlags are what a new node is told.
type initFlags struct {
	backend, dir, node, cluster, address string
	peers                                []string // NAME=HOST:PORT
	join                                 bool
}

func (c *cli) initCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the data directory of a node of a cluster",
		Long: `Make the data directory of a node of a cluster, without starting it. A backend
that replicates never makes one by itself: it would begin a second cluster where
a disk wasn't mounted.

A new cluster: run it once on each node, with the same --cluster-id and --peers.
A node that joins one: add it there first (metalog member add), then run it with
--join.`,
		Example: `  metalog init --backend hashiraft --node-id n1 --cluster-id prod \
    --peers n1=10.0.0.1:7402,n2=10.0.0.2:7402,n3=10.0.0.3:7402
  metalog init --join --backend hashiraft --node-id n4 --cluster-id prod \
    --address 10.0.0.4:7402 --peers n1=10.0.0.1:7402,n2=10.0.0.2:7402`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.initNode(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.backend, "backend", "hashiraft", "a built-in backend that replicates, or the path of a plugin (./mine)")
	flags.StringVar(&f.dir, "data-dir", "data", "the directory to make; it must be empty, or not there")
	flags.StringVar(&f.node, "node-id", "", "this node's name")
	flags.StringVar(&f.cluster, "cluster-id", "", "the cluster's id, the same on every node (default with a single peer: a new one)")
	flags.StringSliceVar(&f.peers, "peers", nil, "NAME=HOST:PORT of each node's peer port, this one's too; with --join: where to find the cluster")
	flags.StringVar(&f.address, "address", "", "with --join: where the others reach this node's peer port, HOST:PORT")
	flags.BoolVar(&f.join, "join", false, "make a node that a cluster has added")
	return cmd
}

// initView is a directory that was made.
type initView struct {
	Node    string     `json:"node"`
	Cluster string     `json:"cluster"`
	DataDir string     `json:"data_dir"`
	Backend string     `json:"backend"`
	Start   string     `json:"start"`
	Address string     `json:"address"`
	Peers   []sdk.Peer `json:"peers"`
}

func (c *cli) initNode(ctx context.Context, f *initFlags) error {
	cfg, err := f.config()
	if err != nil {
		return &failure{code: exitUsage, err: err}
	}
	identity, err := c.replicating(ctx, f.backend)
	if err != nil {
		return err
	}
	if err := sdk.InitDirectory(cfg, identity); err != nil {
		return &failure{code: exitError, err: err}
	}
	if !f.join {
		c.warnOfVoters(len(cfg.Peers) + 1)
	}
	view := initView{
		Node: cfg.NodeID, Cluster: cfg.ClusterID, DataDir: cfg.DataDir, Backend: identity.Plugin,
		Start: cfg.Start.String(), Address: cfg.Address, Peers: append([]sdk.Peer{}, cfg.Peers...),
	}
	err = c.show(view, func() {
		c.table(nil, []table.Row{
			{"node", view.Node},
			{"cluster", view.Cluster},
			{"data directory", view.DataDir},
			{"backend", view.Backend},
			{"start", view.Start},
			{"address", view.Address},
			{"peers", peerList(view.Peers)},
		})
	})
	c.note("start it: metalog server --backend %s --node-id %s --data-dir %s", f.backend, view.Node, view.DataDir)
	return err
}

// replicating asks a backend who it is, and refuses one that needs no init.
func (c *cli) replicating(ctx context.Context, name string) (sdk.Identity, error) {
	p, err := pluginOf(name)
	if err != nil {
		return sdk.Identity{}, usagef("--backend: %w", err)
	}
	identity, err := c.identify(ctx, p)
	if err == nil && !identity.Claims.Has(sdk.Replicated) {
		err = usagef("backend %s doesn't replicate, and makes its directory by itself: start it with metalog server --backend %s", identity.Plugin, name)
	}
	return identity, err
}

// identify asks a backend whose directories are its own.
func (c *cli) identify(ctx context.Context, p launch.Plugin) (sdk.Identity, error) {
	p.Logger = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	info, err := p.Describe(ctx)
	if err != nil {
		return sdk.Identity{}, &failure{code: exitError, err: err}
	}
	return sdk.Identity{Plugin: info.Name, DataFormat: info.DataFormat, Claims: info.Claims}, nil
}

// config is what the directory is made for.
func (f *initFlags) config() (sdk.Config, error) {
	cfg := sdk.Config{NodeID: f.node, ClusterID: f.cluster, DataDir: f.dir, Address: f.address, Start: sdk.StartNew}
	if f.node == "" {
		return cfg, errors.New("--node-id is missing: give this node a name that no other has")
	}
	peers, err := parsePeers(f.peers)
	if err != nil {
		return cfg, err
	}
	if f.join {
		cfg.Start = sdk.StartJoin
		cfg.Peers = peers
		return cfg, f.checkJoin(peers)
	}
	for _, p := range peers {
		if p.NodeID == f.node {
			cfg.Address = p.Address
		} else {
			cfg.Peers = append(cfg.Peers, p)
		}
	}
	if err := f.checkNew(cfg); err != nil {
		return cfg, err
	}
	if cfg.ClusterID == "" {
		cfg.ClusterID = uuid.NewString()
	}
	return cfg, nil
}

func (f *initFlags) checkNew(cfg sdk.Config) error {
	switch {
	case f.address != "":
		return fmt.Errorf("--address is for --join: a new cluster's addresses are all in --peers, this node's as %s=HOST:PORT", f.node)
	case cfg.Address == "":
		return fmt.Errorf("--peers doesn't name this node: add %s=HOST:PORT, where the others reach it", f.node)
	case f.cluster == "" && len(cfg.Peers) > 0:
		return errors.New("--cluster-id is missing: the nodes of a cluster know each other by it, so give all of them the same")
	}
	return nil
}

func (f *initFlags) checkJoin(peers []sdk.Peer) error {
	switch {
	case f.address == "":
		return errors.New("--address is missing: HOST:PORT where the others reach this node, as it was given to metalog member add")
	case f.cluster == "":
		return errors.New("--cluster-id is missing: metalog status on a member shows it")
	case len(peers) == 0:
		return errors.New("--peers is missing: name a member or more, NAME=HOST:PORT")
	}
	if err := checkDialable(f.node, f.address); err != nil {
		return err
	}
	for _, p := range peers {
		if p.NodeID == f.node || p.Address == f.address {
			return fmt.Errorf("--peers names %s at %s, which is this node: name the members that are there already", p.NodeID, p.Address)
		}
	}
	return nil
}

// warnOfVoters tells of a number of voters that few want.
func (c *cli) warnOfVoters(n int) {
	switch {
	case n == 1:
		c.note("warning: a cluster of one voter: it stops when this node does, and loses all with its disk. Three are usual")
	case n%2 == 0:
		c.note("warning: %d voters tolerate as many failures as %d would, and one node more can fail. Odd numbers are usual", n, n-1)
	}
}

func peerList(peers []sdk.Peer) string {
	list := make([]string, len(peers))
	for i, p := range peers {
		list[i] = p.NodeID + "=" + p.Address
	}
	return strings.Join(list, ",")
}
