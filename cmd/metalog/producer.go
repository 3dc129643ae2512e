package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) producerCommand() *cobra.Command {
	return group("producer", "Hand out producer ids", c.producerAllocateCommand())
}

// producerIDsView is a block of producer ids as it is printed.
type producerIDsView struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	Count int32 `json:"count"`
}

func (p producerIDsView) lines() []string {
	return []string{fmt.Sprintf("from %d to %d", p.First, p.Last)}
}

func (c *cli) producerAllocateCommand() *cobra.Command {
	var flags writeFlags
	var broker int32
	var epoch int64
	cmd := &cobra.Command{
		Use:   "allocate",
		Short: "Allocate a block of producer ids, which nobody else will ever get",
		Long: `Allocate a block of producer ids, which nobody else will ever get. It is for a
broker, which must be registered; while none is, for no broker in particular.`,
		Example: `  metalog producer allocate
  metalog producer allocate --broker 1`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := &outcome{Kind: "producer ids", Name: fmt.Sprintf("for broker %d", broker), Result: "allocated"}
			if broker == metadata.NoBroker {
				o.Name = "for no broker"
			}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					if broker != metadata.NoBroker {
						if err := observeEpoch(ctx, cmd, n, broker, &epoch); err != nil {
							return metadata.Written{}, err
						}
						o.repeat = fmt.Sprintf(" --epoch %d", epoch)
					}
					ids, err := n.AllocateProducerIDs(ctx, metadata.ProducerIDsSpec{Broker: broker, Epoch: epoch}, opts...)
					o.Answer = producerIDsView{First: ids.First, Last: ids.First + int64(ids.Count) - 1, Count: ids.Count}
					return ids.Written, err
				}, brokerNext)
		},
	}
	cmd.Flags().Int32Var(&broker, "broker", metadata.NoBroker, "the broker they are for (default: none)")
	cmd.Flags().Int64Var(&epoch, "epoch", 0, "of the registration meant (default: the one there is)")
	flags.add(cmd)
	return cmd
}
