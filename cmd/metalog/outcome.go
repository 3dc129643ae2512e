package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) outcomeCommand() *cobra.Command {
	var reads readFlags
	var writes writeFlags
	var settle bool
	cmd := &cobra.Command{
		Use:   "outcome REQUEST_ID@FIRST_REVISION",
		Short: "Show what became of an earlier request, or make sure of it",
		Long: `Show what became of an earlier request, or make sure of it. A write that ended
with exit code 8 has printed what to ask for.

A request that this node hasn't seen may still be on its way. --settle ends the
waiting: either the request has been answered, or from now on it never will be
applied, however late it arrives. The oldest answers are forgotten; beyond that
window nobody can tell.

Exit code: 0 it was done, 8 it isn't known, else that of its refusal (5 with
--settle if it will never be done).`,
		Example: `  metalog outcome 0193a1b2c3d4e5f60718293a4b5c6d7e@41
  metalog outcome 0193a1b2c3d4e5f60718293a4b5c6d7e@41 --settle`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			t, err := parseTicket("", given[0])
			if err != nil {
				return err
			}
			if settle {
				return c.settle(cmd.Context(), writes, t)
			}
			for _, flag := range []string{"request-id", "validate-only"} {
				if cmd.Flags().Changed(flag) {
					return usagef("--%s is for a write: it goes with --settle", flag)
				}
			}
			return c.readOutcome(cmd.Context(), reads, t)
		},
	}
	cmd.Flags().BoolVar(&settle, "settle", false, "make sure of it: a request that wasn't answered will never be applied")
	reads.add(cmd)
	writes.add(cmd)
	return cmd
}

// fateView is what a node knows of a request, as it is printed.
type fateView struct {
	RequestID     string      `json:"request_id"`
	FirstRevision uint64      `json:"first_revision"`
	Fate          string      `json:"fate"`
	Answer        *resultView `json:"answer,omitempty"`
	Revision      uint64      `json:"revision"` // that the node has applied
	Stale         bool        `json:"stale,omitempty"`
}

func (c *cli) readOutcome(ctx context.Context, flags readFlags, t ticket) error {
	return read(ctx, c, flags,
		func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[metadata.Outcome], error) {
			return n.Outcome(ctx, t.id, t.first, opts...)
		}, nil,
		func(ctx context.Context, n node, found metadata.Read[metadata.Outcome]) error {
			view := fateView{
				RequestID: t.id.String(), FirstRevision: t.first, Fate: found.Value.Fate.String(),
				Revision: found.Revision, Stale: found.Stale,
			}
			if found.Value.Fate == metadata.FateAnswered {
				answer := viewResult(ctx, namesFrom(n), found.Value.Answer)
				view.Answer = &answer
			}
			if err := c.show(view, func() { c.showFate(view) }); err != nil {
				return err
			}
			return c.fateError(t, found.Value, found.Revision)
		})
}

func (c *cli) showFate(f fateView) {
	rows := []table.Row{{"request", f.RequestID}, {"fate", f.Fate}, {"as of revision", f.Revision}}
	if f.Answer != nil {
		rows = append(rows, table.Row{"code", f.Answer.Code}, table.Row{"revision", f.Answer.Revision})
	}
	if f.Answer != nil && f.Answer.Response != nil {
		rows = append(rows, table.Row{"answer", fieldText(f.Answer.Response)})
	}
	c.table(nil, rows)
}

// fateError is nil for a request that was done.
func (c *cli) fateError(t ticket, o metadata.Outcome, revision uint64) error {
	switch o.Fate {
	case metadata.FateAnswered:
		return c.explain(o.Answer.Err())
	case metadata.FateBeyondWindow:
		return beyondWindow(errors.New("the request is too old: its answer, if it had one, is forgotten"))
	default:
		return &failure{
			code: exitUnknown,
			err:  fmt.Errorf("the request wasn't seen up to revision %d; it may still arrive", revision),
			next: fmt.Sprintf("Repeat it with --request-id %s, or make sure that it is never done: metalog outcome %s --settle", t, t),
		}
	}
}

func beyondWindow(err error) error {
	return &failure{code: exitUnknown, err: err, next: "Nobody can tell any more. Look at what it was to change"}
}

// settledView is a request's final answer as it is printed.
type settledView struct {
	Settled resultView `json:"settled"`
}

func (s settledView) lines() []string {
	lines := []string{fmt.Sprintf("answer %s · revision %d", s.Settled.Code, s.Settled.Revision)}
	if s.Settled.Response != nil {
		lines = append(lines, fieldText(s.Settled.Response))
	}
	return lines
}

func (c *cli) settle(ctx context.Context, flags writeFlags, t ticket) error {
	var answer metadata.Result
	o := &outcome{Kind: "request", Name: t.String(), Result: "settled"}
	err := c.write(ctx, flags, o,
		func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
			settled, err := n.Settle(ctx, metadata.SettleSpec{RequestID: t.id, FirstRevision: t.first}, opts...)
			if err == nil {
				answer = settled.Answer
				o.Answer = settledView{Settled: viewResult(ctx, namesFrom(n), answer)}
			}
			return settled.Written, err
		}, nil)
	return c.settledError(err, answer)
}

// settledError is nil for a request that was done. err is that of settling it,
// answer what it was settled to.
func (c *cli) settledError(err error, answer metadata.Result) error {
	refusal, refused := errors.AsType[*metadata.Error](err)
	switch {
	case refused && refusal.Code == metadata.CodeRequestTimedOut:
		return beyondWindow(refusal) // and not err, which says to repeat the settling
	case err != nil:
		return err
	case answer.Code == metadata.CodeOperationNotAttempted:
		return &failure{code: codeOf(answer.Err()), err: errors.New("the request was never applied, and never will be")}
	default:
		return c.explain(answer.Err())
	}
}
