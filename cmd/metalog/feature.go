package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) featureCommand() *cobra.Command {
	cmd := group("feature", "Read and raise the cluster's feature level",
		c.featureGetCommand(), c.featureSetCommand())
	cmd.Long = cmd.Short + `.

The level says which events all nodes understand. After every node runs a newer
build, raise it to have what is new there; it can't be lowered.`
	return cmd
}

// featureView is the feature level as it is printed.
type featureView struct {
	Level    uint32 `json:"level"`
	Revision uint64 `json:"revision"`
	Stale    bool   `json:"stale,omitempty"`
}

func (c *cli) featureGetCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "get", Short: "Show the feature level", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[uint32], error) {
					return n.FeatureLevel(ctx, opts...)
				}, nil,
				func(_ context.Context, _ node, found metadata.Read[uint32]) error {
					view := featureView{Level: found.Value, Revision: found.Revision, Stale: found.Stale}
					return c.show(view, func() { c.line("feature level %d", view.Level) })
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) featureSetCommand() *cobra.Command {
	var flags writeFlags
	cmd := &cobra.Command{
		Use: "set LEVEL", Short: "Raise the feature level; it can't be lowered again", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			level, err := strconv.ParseUint(given[0], 10, 32)
			if err != nil {
				return usagef("%q isn't a feature level", given[0])
			}
			o := &outcome{Kind: "feature level", Name: fmt.Sprint(level), Result: "set"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.SetFeatureLevel(ctx, metadata.FeatureLevelSpec{Level: uint32(level)}, opts...)
				}, nil)
		},
	}
	flags.add(cmd)
	return cmd
}
