package main

import (
	"context"
	"errors"
	"net"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/server"
)

func (c *cli) serverCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Run a node",
		Long: `Run a node until SIGTERM or SIGINT. A second signal ends it at once.

Every setting can be given by a flag, by the environment (METALOG_LISTEN__GRPC
for listen.grpc) or by a YAML file; flags win over the environment, it over the
file. See them all: metalog config show --origin.`,
		Example: `  metalog server
  metalog server --backend ./metalog-backend-mine --data-dir /var/lib/metalog`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("addr") {
				return usagef("--addr is the node to talk to. A server listens at --listen-grpc and --listen-http")
			}
			l, err := loadSettings(cmd.Flags())
			if err != nil {
				return err
			}
			return c.serve(cmd.Context(), l)
		},
	}
	settingFlags(cmd.Flags())
	return cmd
}

// serve runs a node until ctx ends. What can fail without touching the data
// fails first: the backend's name, then the ports.
func (c *cli) serve(ctx context.Context, l *loaded) error {
	logger, err := newLogger(c.err, l.config.Log)
	if err != nil {
		return err
	}
	plugin, err := l.plugin(logger)
	if err != nil {
		return err
	}
	options, err := l.config.Backend.optionsJSON()
	if err != nil {
		return err
	}
	grpc, http, err := listen(ctx, l)
	if err != nil {
		return err
	}
	d := &daemon{
		log: logger, stopTimeout: l.config.StopTimeout, checkpoints: l.config.WatermarkCheckpoint, grpc: grpc, http: http,
		backend: l.config.Backend.Name,
		config: host.Config{
			ClusterID: l.config.ClusterID, NodeID: l.config.NodeID, DataDir: l.config.DataDir,
			Backend: plugin.Open, Options: options, Listen: l.config.Listen.Peer,
			APIAddress: grpc.Addr().String(), Version: buildVersion(),
		},
	}
	return d.run(ctx)
}

func listen(ctx context.Context, l *loaded) (grpc, http net.Listener, err error) {
	if grpc, err = server.Listen(ctx, l.where("listen.grpc"), l.config.Listen.GRPC); err != nil {
		return nil, nil, err
	}
	if http, err = server.Listen(ctx, l.where("listen.http"), l.config.Listen.HTTP); err != nil {
		return nil, nil, errors.Join(err, grpc.Close())
	}
	return grpc, http, nil
}
