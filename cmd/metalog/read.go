package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// readFlags are those that every read has.
type readFlags struct {
	linearizable bool
	minRevision  uint64
}

func (r *readFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&r.linearizable, "linearizable", false,
		"see every write that was acknowledged, by any node, before this read (default: what the node has applied)")
	cmd.Flags().Uint64Var(&r.minRevision, "min-revision", 0, "wait until the node has applied this revision")
}

func (r readFlags) options() (opts []metadata.ReadOption) {
	if r.linearizable {
		opts = append(opts, metadata.Linearizable())
	}
	if r.minRevision > 0 {
		opts = append(opts, metadata.MinRevision(r.minRevision))
	}
	return opts
}

// asking is a read, and what the node answered.
type asking[T any] func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[T], error)

// read makes one read and shows what it found. next gives the caller's next
// step after a refusal; it may be nil.
func read[T any](
	ctx context.Context, c *cli, flags readFlags, ask asking[T], next func(error) string,
	show func(ctx context.Context, n node, found metadata.Read[T]) error,
) error {
	return c.withNode(ctx, func(ctx context.Context, n node) error {
		found, err := ask(ctx, n, flags.options()...)
		if err != nil {
			return c.explainNext(err, next)
		}
		c.stale(found.Stale, found.Revision)
		return show(ctx, n, found)
	})
}

// listCommand shows all that ask finds.
func listCommand[T any](
	c *cli, short string, ask func(node, context.Context, ...metadata.ReadOption) (metadata.Read[T], error),
	show func(ctx context.Context, n node, found metadata.Read[T]) error,
) *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "list", Short: short, Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[T], error) {
					return ask(n, ctx, opts...)
				}, nil, show)
		},
	}
	flags.add(cmd)
	return cmd
}
