package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// producerView is who speaks for a transactional id, as it is printed.
type producerView struct {
	ProducerID int64      `json:"producer_id"`
	Epoch      int16      `json:"epoch"`
	Marks      *marksView `json:"marks,omitempty"` // of the transaction that is aborted first
}

func (p producerView) lines() []string {
	lines := []string{fmt.Sprintf("producer %d epoch %d", p.ProducerID, p.Epoch)}
	if p.Marks != nil {
		lines = append(lines, p.Marks.lines()...)
	}
	return lines
}

// marksView is where the end of a transaction must be marked, as it is printed.
type marksView struct {
	Partitions []placeView `json:"partitions"`
	Groups     []string    `json:"groups"`
}

func viewMarks(ctx context.Context, names *namer, m metadata.Marks) *marksView {
	return &marksView{Partitions: names.places(ctx, m.Partitions), Groups: append([]string{}, m.Groups...)}
}

func (m *marksView) lines() (lines []string) {
	for _, p := range m.Partitions {
		lines = append(lines, "mark partition "+p.String())
	}
	for _, g := range m.Groups {
		lines = append(lines, "mark group "+g)
	}
	return lines
}

func (c *cli) txnInitCommand() *cobra.Command {
	var flags writeFlags
	var timeout time.Duration
	spec := metadata.InitProducerSpec{}
	cmd := &cobra.Command{
		Use:   "init ID",
		Short: "Give a transactional id its producer id and epoch, and fence whoever had it",
		Long: `Give a transactional id its producer id and epoch, and fence whoever had it.

If a transaction of the id is open, it is aborted first, and the answer is
CONCURRENT_TRANSACTIONS (exit code 5): it says which partitions and groups need
an abort marker, and under which producer and epoch. When they are written and
the transaction is completed, init has to be called again.`,
		Example: `  metalog txn init payments
  metalog txn init payments --producer 0 --epoch 3     # go on, unless somebody else took over`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			spec.TransactionalID, spec.TimeoutMS = given[0], int32(min(timeout.Milliseconds(), 1<<31-1))
			return c.initProducer(cmd.Context(), flags, spec)
		},
	}
	cmd.Flags().DurationVar(&timeout, "transaction-timeout", time.Minute, "how long a transaction may stay open, 15m at most")
	cmd.Flags().Int64Var(&spec.ExpectedProducerID, "producer", metadata.NoProducer, "the producer id it had, to go on with it (default: whatever it is)")
	cmd.Flags().Int16Var(&spec.ExpectedEpoch, "epoch", metadata.NoEpoch, "the epoch it had; goes with --producer")
	flags.add(cmd)
	return cmd
}

func (c *cli) initProducer(ctx context.Context, flags writeFlags, spec metadata.InitProducerSpec) error {
	var aborting *producerView
	o := &outcome{Kind: "transactional id", Name: spec.TransactionalID, Result: "initialized"}
	err := c.write(ctx, flags, o,
		func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
			p, err := n.InitProducer(ctx, spec, opts...)
			view := producerView{ProducerID: p.ProducerID, Epoch: p.Epoch}
			if hasBegunAbort(p, err) {
				view.Marks = viewMarks(ctx, namesFrom(n), p.Marks)
				aborting = &view
			}
			o.Answer = view
			return p.Written, err
		},
		func(err error) string { return initNext(spec.TransactionalID, aborting, err) })
	if aborting == nil {
		return err
	}
	return errors.Join(err, c.show(aborting, func() {
		for _, text := range aborting.lines() {
			c.line("%s", text)
		}
	}))
}

// hasBegunAbort reports whether a refusal was the one that changes something: an
// open transaction is being aborted, under an epoch that can't be the first.
func hasBegunAbort(p metadata.InitializedProducer, err error) bool {
	var refusal *metadata.Error
	return errors.As(err, &refusal) && refusal.Code == metadata.CodeConcurrentTransactions && p.Epoch > 0
}

func initNext(id string, aborting *producerView, err error) string {
	var refusal *metadata.Error
	if !errors.As(err, &refusal) || refusal.Code != metadata.CodeConcurrentTransactions {
		return txnNext(id)(err)
	}
	if aborting == nil {
		return fmt.Sprintf("It is ending: complete it (metalog txn get %s says whose it is), then call init again", id)
	}
	return fmt.Sprintf("Write abort markers to what is listed, then: metalog txn complete %s --producer %d --epoch %d, and call init again",
		id, aborting.ProducerID, aborting.Epoch)
}
