package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// producerFlags say which producer speaks, and how its write is made.
type producerFlags struct {
	writeFlags
	id    int64
	epoch int16
}

func (p *producerFlags) add(cmd *cobra.Command) {
	cmd.Flags().Int64Var(&p.id, "producer", metadata.NoProducer, "the producer id, as init gave it")
	cmd.Flags().Int16Var(&p.epoch, "epoch", metadata.NoEpoch, "the producer's epoch, as init gave it")
	required(cmd, "producer", "epoch")
	p.writeFlags.add(cmd)
}

func (p *producerFlags) ref(id string) metadata.ProducerRef {
	return metadata.ProducerRef{TransactionalID: id, ProducerID: p.id, Epoch: p.epoch}
}

func (c *cli) txnAddPartitionsCommand() *cobra.Command {
	var p producerFlags
	cmd := &cobra.Command{
		Use:     "add-partitions ID TOPIC/PARTITION... --producer PID --epoch E",
		Short:   "Say which partitions a transaction will write to: all of them, or none",
		Example: "  metalog txn add-partitions payments orders/0 orders/1 --producer 0 --epoch 0",
		Args:    args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			places, err := parsePlaces(given[1:])
			if err != nil {
				return err
			}
			spec := metadata.TransactionPartitionsSpec{ProducerRef: p.ref(given[0]), Partitions: places}
			o := &outcome{Kind: "transaction", Name: given[0], Result: "has the partitions"}
			return c.write(cmd.Context(), p.writeFlags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					done, err := n.AddTransactionPartitions(ctx, spec, opts...)
					o.refused = newRefusedItems("partitions", placeWords(places), done.Failed)
					return done.Written, err
				}, txnNext(given[0]))
		},
	}
	p.add(cmd)
	return cmd
}

func (c *cli) txnAddOffsetsCommand() *cobra.Command {
	var p producerFlags
	cmd := &cobra.Command{
		Use:     "add-offsets ID GROUP --producer PID --epoch E",
		Short:   "Say that a transaction will commit offsets of a group",
		Example: "  metalog txn add-offsets payments billing --producer 0 --epoch 0",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			spec := metadata.TransactionGroupSpec{ProducerRef: p.ref(given[0]), Group: given[1]}
			o := &outcome{Kind: "transaction", Name: given[0], Result: "has group " + given[1]}
			return c.write(cmd.Context(), p.writeFlags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.AddTransactionOffsets(ctx, spec, opts...)
				}, txnNext(given[0]))
		},
	}
	p.add(cmd)
	return cmd
}

func (c *cli) txnCommitOffsetsCommand() *cobra.Command {
	var p producerFlags
	var f offsetFlags
	cmd := &cobra.Command{
		Use:     "commit-offsets ID GROUP TOPIC/PARTITION=OFFSET... --producer PID --epoch E",
		Short:   "Commit offsets that nobody sees before the transaction is completed",
		Example: "  metalog txn commit-offsets payments billing orders/0=42 --producer 0 --epoch 0",
		Args:    args(cobra.MinimumNArgs(3)),
		RunE: func(cmd *cobra.Command, given []string) error {
			offsets, words, err := f.spec(given[1], given[2:])
			if err != nil {
				return err
			}
			spec := metadata.TransactionOffsetsSpec{ProducerRef: p.ref(given[0]), OffsetsSpec: offsets}
			o := &outcome{Kind: "transaction", Name: given[0], Result: "has the offsets"}
			return c.write(cmd.Context(), p.writeFlags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					done, err := n.CommitTransactionOffsets(ctx, spec, opts...)
					o.refused = newRefusedItems("offsets", words, done.Failed)
					return done.Written, err
				}, txnNext(given[0]))
		},
	}
	f.add(cmd)
	p.add(cmd)
	return cmd
}

func (c *cli) txnPrepareCommand() *cobra.Command {
	var p producerFlags
	var commit, abort bool
	cmd := &cobra.Command{
		Use:     "prepare ID --commit|--abort --producer PID --epoch E",
		Short:   "Decide how a transaction ends, and learn where to mark it",
		Example: "  metalog txn prepare payments --commit --producer 0 --epoch 0",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			if commit == abort {
				return usagef("say how it ends: --commit or --abort, one of them")
			}
			o := &outcome{Kind: "transaction", Name: given[0], Result: "prepared to abort"}
			if commit {
				o.Result = "prepared to commit"
			}
			o.hint = fmt.Sprintf("Write the markers, then: metalog txn complete %s --producer %d --epoch %d", given[0], p.id, p.epoch)
			return c.write(cmd.Context(), p.writeFlags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					prepared, err := n.PrepareTransaction(ctx, metadata.PrepareSpec{ProducerRef: p.ref(given[0]), Commit: commit}, opts...)
					if err == nil {
						o.Answer = viewMarks(ctx, namesFrom(n), prepared.Marks)
					}
					return prepared.Written, err
				}, txnNext(given[0]))
		},
	}
	cmd.Flags().BoolVar(&commit, "commit", false, "what it did is to be seen")
	cmd.Flags().BoolVar(&abort, "abort", false, "what it did is to be forgotten")
	p.add(cmd)
	return cmd
}

func (c *cli) txnCompleteCommand() *cobra.Command {
	var p producerFlags
	cmd := &cobra.Command{
		Use:   "complete ID --producer PID --epoch E",
		Short: "Say that all markers are written: its offsets are committed or dropped",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			o := &outcome{Kind: "transaction", Name: given[0], Result: "completed"}
			return c.write(cmd.Context(), p.writeFlags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.CompleteTransaction(ctx, p.ref(given[0]), opts...)
				}, txnNext(given[0]))
		},
	}
	p.add(cmd)
	return cmd
}
