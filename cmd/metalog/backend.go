package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

// plugin is the backend's executable, as it is configured.
func (l *loaded) plugin(logger *slog.Logger) (launch.Plugin, error) {
	p, err := pluginOf(l.config.Backend.Name)
	if err != nil {
		return p, usagef("%s: %w", l.where("backend.name"), err)
	}
	p.SHA256, p.Logger = l.config.Backend.SHA256, logger
	return p, nil
}

// pluginOf finds a backend: a name is a built-in one, a path is a plugin.
func pluginOf(name string) (launch.Plugin, error) {
	if p, ok := builtin.Plugin(name); ok {
		return p, nil
	}
	if !strings.ContainsRune(name, '/') {
		return launch.Plugin{}, fmt.Errorf("%q isn't a built-in backend (%s). A plugin is given by its path: ./%s",
			name, strings.Join(builtin.Names(), ", "), name)
	}
	return launch.Plugin{Path: name}, nil
}

func (c *cli) backendCommand() *cobra.Command {
	return group("backend", "List, describe and compact backends, and move a cluster to another",
		c.backendListCommand(), c.backendDescribeCommand(), c.backendCompactCommand(), c.backendMigrateCommand())
}

// backendView is a backend as it is printed.
type backendView struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	Protocol   string   `json:"protocol"`
	DataFormat uint32   `json:"data_format"`
	Claims     []string `json:"claims"`
	SHA256     string   `json:"sha256"`
}

func viewBackend(info sdk.Info) backendView {
	view := backendView{
		Name: info.Name, Version: info.Version, Protocol: fmt.Sprintf("1.%d", info.ProtocolMinor),
		DataFormat: info.DataFormat, Claims: []string{}, SHA256: info.SHA256,
	}
	for _, claim := range info.Claims {
		view.Claims = append(view.Claims, string(claim))
	}
	return view
}

func (c *cli) backendListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show the built-in backends", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var views []backendView
			for _, name := range builtin.Names() {
				view, err := c.describe(cmd.Context(), name, "")
				if err != nil {
					return err
				}
				views = append(views, view)
			}
			return c.show(views, func() {
				rows := make([]table.Row, 0, len(views))
				for _, v := range views {
					rows = append(rows, table.Row{v.Name, v.Version, v.Protocol, v.DataFormat, strings.Join(v.Claims, " ")})
				}
				c.table(table.Row{"NAME", "VERSION", "PROTOCOL", "DATA FORMAT", "CLAIMS"}, rows)
			})
		},
	}
}

func (c *cli) backendDescribeCommand() *cobra.Command {
	var sum string
	cmd := &cobra.Command{
		Use:   "describe NAME|PATH",
		Short: "Ask a backend what it is, without opening anything",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			view, err := c.describe(cmd.Context(), given[0], sum)
			if err != nil {
				return err
			}
			return c.show(view, func() {
				c.table(nil, []table.Row{
					{"name", view.Name},
					{"version", view.Version},
					{"protocol", view.Protocol},
					{"data format", view.DataFormat},
					{"claims", strings.Join(view.Claims, " ")},
					{"sha256", view.SHA256},
				})
			})
		},
	}
	cmd.Flags().StringVar(&sum, "sha256", "", "refuse a plugin with another checksum")
	return cmd
}

// describe starts the backend just far enough to say what it is. What it prints
// meanwhile is nobody's business unless it fails, and then the error has it.
func (c *cli) describe(ctx context.Context, name, sum string) (backendView, error) {
	p, err := pluginOf(name)
	if err != nil {
		return backendView{}, usagef("%w", err)
	}
	p.SHA256, p.Logger = sum, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	info, err := p.Describe(ctx)
	if err != nil {
		return backendView{}, &failure{code: exitError, err: err}
	}
	return viewBackend(info), nil
}

// compactWait is --timeout's default for a compaction, whose length depends on
// how much there is.
const compactWait = time.Minute

func (c *cli) backendCompactCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Have the running node's backend drop what a snapshot covers",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("timeout") {
				c.wait = compactWait
			}
			return c.withNode(cmd.Context(), func(ctx context.Context, n node) error {
				if err := n.Compact(ctx); err != nil {
					return err
				}
				s, err := n.Status(ctx)
				if err != nil {
					return err
				}
				view := compactView{Node: s.GetNode(), Backend: s.GetBackend(), Revision: s.GetRevision(), Digest: s.GetDigest()}
				return c.show(view, func() {
					c.line("backend %s of node %s compacted · revision %d · digest %s", view.Backend, view.Node, view.Revision, view.Digest)
				})
			})
		},
	}
}

// compactView is what a compaction came to.
type compactView struct {
	Node     string `json:"node"`
	Backend  string `json:"backend"`
	Revision uint64 `json:"revision"`
	Digest   string `json:"digest"`
}
