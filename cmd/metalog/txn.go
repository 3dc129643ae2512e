package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) txnCommand() *cobra.Command {
	cmd := group("txn", "Take a producer's transaction from its begin to its end, and read it",
		c.txnInitCommand(), c.txnAddPartitionsCommand(), c.txnAddOffsetsCommand(), c.txnCommitOffsetsCommand(),
		c.txnPrepareCommand(), c.txnCompleteCommand(), c.txnGetCommand(), c.txnListCommand())
	cmd.Long = cmd.Short + `.

init gives a transactional id its producer id and epoch, which every later step
names. add-partitions and add-offsets open the transaction and say what belongs
to it; commit-offsets adds offsets that nobody sees yet. prepare decides how it
ends, and answers where markers have to be written; complete says that they are.
After that the next add begins the next transaction.`
	cmd.Example = `  metalog txn init payments
  metalog txn add-partitions payments orders/0 --producer 0 --epoch 0
  metalog txn prepare payments --commit --producer 0 --epoch 0
  metalog txn complete payments --producer 0 --epoch 0`
	return cmd
}

// txnView is a transaction as it is printed.
type txnView struct {
	ID               string      `json:"id"`
	State            string      `json:"state"`
	ProducerID       int64       `json:"producer_id"`
	Epoch            int16       `json:"epoch"`
	LastEpoch        int16       `json:"last_epoch"`
	PreviousProducer int64       `json:"previous_producer_id"`
	TimeoutMS        int32       `json:"timeout_ms"`
	Started          string      `json:"started,omitempty"` // while it is open
	Updated          string      `json:"updated"`
	Partitions       []placeView `json:"partitions"`
	Groups           []string    `json:"groups"`
	CreatedRevision  uint64      `json:"created_revision"`
	ModifiedRevision uint64      `json:"modified_revision"`
	Stale            bool        `json:"stale,omitempty"`
}

func viewTxn(ctx context.Context, names *namer, t *metadata.Transaction, stale bool) txnView {
	view := txnView{
		ID: t.ID, State: t.State.String(), ProducerID: t.ProducerID, Epoch: t.Epoch, LastEpoch: t.LastEpoch,
		PreviousProducer: t.PreviousProducer, TimeoutMS: t.TimeoutMS, Updated: clock(t.UpdatedMS),
		Partitions: names.places(ctx, t.Partitions), Groups: append([]string{}, t.Groups...),
		CreatedRevision: t.CreatedRevision, ModifiedRevision: t.ModifiedRevision, Stale: stale,
	}
	if t.StartMS > 0 {
		view.Started = clock(t.StartMS)
	}
	return view
}

func (c *cli) txnListCommand() *cobra.Command {
	return listCommand(c, "Show all transactions, by transactional id", node.Transactions, c.showTxns)
}

func (c *cli) showTxns(ctx context.Context, n node, found metadata.Read[[]*metadata.Transaction]) error {
	views := make([]txnView, 0, len(found.Value))
	rows := make([]table.Row, 0, len(found.Value))
	names := namesFrom(n)
	for _, t := range found.Value {
		view := viewTxn(ctx, names, t, found.Stale)
		views = append(views, view)
		rows = append(rows, table.Row{view.ID, view.State, view.ProducerID, view.Epoch, len(view.Partitions), len(view.Groups), view.Started})
	}
	return c.show(views, func() {
		c.table(table.Row{"TRANSACTIONAL ID", "STATE", "PRODUCER", "EPOCH", "PARTITIONS", "GROUPS", "OPEN SINCE"}, rows)
		c.note("%d transactions at revision %d", len(rows), found.Revision)
	})
}

func (c *cli) txnGetCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "get ID", Short: "Show the latest transaction of a transactional id", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[*metadata.Transaction], error) {
					return n.Transaction(ctx, given[0], opts...)
				}, listTxnsNext,
				func(ctx context.Context, n node, found metadata.Read[*metadata.Transaction]) error {
					view := viewTxn(ctx, namesFrom(n), found.Value, found.Stale)
					return c.show(view, func() { c.showTxn(view) })
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) showTxn(t txnView) {
	rows := []table.Row{
		{"transactional id", t.ID},
		{"state", t.State},
		{"producer", t.ProducerID},
		{"epoch", t.Epoch},
		{"timeout", (time.Duration(t.TimeoutMS) * time.Millisecond)},
		{"updated", fmt.Sprintf("%s (revision %d)", t.Updated, t.ModifiedRevision)},
	}
	if t.Started != "" {
		rows = append(rows, table.Row{"open since", t.Started})
	}
	for _, p := range t.Partitions {
		rows = append(rows, table.Row{"partition", p})
	}
	for _, g := range t.Groups {
		rows = append(rows, table.Row{"group", g})
	}
	c.table(nil, rows)
}

func listTxnsNext(err error) string {
	if errors.Is(err, metadata.ErrNotFound) {
		return "To see what there is: metalog txn list"
	}
	return ""
}

// txnNext sends whoever meets a transaction in another state, or of another
// producer, to look at it.
func txnNext(id string) func(error) string {
	return func(err error) string {
		if errors.Is(err, metadata.ErrConflict) || errors.Is(err, metadata.ErrFenced) {
			return "To see how it is: metalog txn get " + id
		}
		return listTxnsNext(err)
	}
}
