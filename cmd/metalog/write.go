package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// outcome is a write as it is printed. A command fills in what it is about.
type outcome struct {
	Kind          string  `json:"kind"`
	Name          string  `json:"name"`
	Result        string  `json:"result"`
	ID            string  `json:"id,omitempty"`
	Partitions    int32   `json:"partitions,omitempty"`
	Epoch         int64   `json:"epoch,omitempty"`
	Revision      uint64  `json:"revision"`
	RequestID     string  `json:"request_id"`
	FirstRevision uint64  `json:"first_revision"`
	Deduplicated  bool    `json:"deduplicated"`
	ValidateOnly  bool    `json:"validate_only,omitempty"`
	ElapsedMS     float64 `json:"elapsed_ms"`

	Answer answer     `json:"answer,omitempty"` // what it gave beyond this
	Failed []itemView `json:"failed,omitempty"`

	repeat  string       // flags that a repetition needs beside --request-id, to ask for the same thing
	hint    string       // what usually comes next; for a person
	refused refusedItems // of a request of several
}

// answer is what a write gave beside its place in history. Its lines are printed
// below the sentence that says what was done.
type answer interface{ lines() []string }

// attempt is one try of a write, and what the node wrote.
type attempt func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error)

// writeFlags are those that every write has.
type writeFlags struct {
	requestID    string
	validateOnly bool
}

func (w *writeFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.requestID, "request-id", "",
		"ID@FIRST_REVISION of an earlier attempt whose outcome is unknown: repeats it, never does it twice")
	cmd.Flags().BoolVar(&w.validateOnly, "validate-only", false, "ask what would happen, and change nothing")
}

// write makes one write and prints what came of it. The client repeats it until
// it is answered or --timeout is over. next gives the caller's next step after a
// refusal; it may be nil.
func (c *cli) write(ctx context.Context, flags writeFlags, o *outcome, try attempt, next func(error) string) error {
	opts, err := flags.options()
	if err != nil {
		return err
	}
	return c.withNode(ctx, func(ctx context.Context, n node) error {
		begin := time.Now()
		written, err := whileAway(ctx, c.wait, changing, func(ctx context.Context) (metadata.Written, error) {
			return try(ctx, n, opts...)
		})
		if err != nil {
			return c.writeFailed(err, o.repeat, next)
		}
		o.wrote(written, time.Since(begin), flags.validateOnly)
		return c.showOutcome(o)
	})
}

// showOutcome prints what was done. Its error is that of refused items.
func (c *cli) showOutcome(o *outcome) error {
	o.Failed = o.refused.items
	if o.refused.none() {
		o.Result = "unchanged"
	}
	err := c.show(o, func() {
		c.line("%s", o)
		if o.Answer != nil {
			for _, text := range o.Answer.lines() {
				c.line("%s", text)
			}
		}
		for _, item := range o.Failed {
			c.line("%s", item)
		}
		if o.hint != "" && !o.ValidateOnly {
			c.note("%s", o.hint)
		}
	})
	if err != nil {
		return err
	}
	return o.refused.err()
}

func (w writeFlags) options() (opts []metadata.WriteOption, err error) {
	if w.validateOnly {
		opts = append(opts, metadata.ValidateOnly())
	}
	if w.requestID == "" {
		return opts, nil
	}
	t, err := parseTicket("--request-id: ", w.requestID)
	return append(opts, metadata.WithRequestID(t.id, t.first)), err
}

func (c *cli) writeFailed(err error, flags string, next func(error) string) error {
	if !errors.Is(err, sdk.ErrOutcomeUnknown) {
		return c.explainNext(err, next)
	}
	f := &failure{code: exitUnknown, err: fmt.Errorf("outcome unknown: %w", err)}
	if t, ok, cause := ticketOf(err); ok {
		f.err = fmt.Errorf("outcome unknown, it may have been done or be done yet: %w", cause)
		f.next = fmt.Sprintf("Repeat the same command with --request-id %s%s", t, flags)
	}
	return f
}

func (o *outcome) wrote(w metadata.Written, took time.Duration, validateOnly bool) {
	o.Revision, o.Deduplicated, o.ValidateOnly = w.Revision, w.Deduplicated, validateOnly
	o.RequestID, o.FirstRevision = w.RequestID.String(), w.FirstRevision
	o.ElapsedMS = float64(took.Microseconds()) / 1000
}

func (o *outcome) epochText() string {
	if o.Epoch == 0 {
		return ""
	}
	return fmt.Sprintf(" · epoch %d", o.Epoch)
}

func (o *outcome) String() string {
	what := fmt.Sprintf("%s %s %s", o.Kind, o.Name, o.Result)
	switch {
	case o.ValidateOnly:
		return what + " · only validated: nothing was changed"
	case o.Deduplicated:
		return fmt.Sprintf("%s · revision %d · by an earlier attempt with this request id", what, o.Revision)
	default:
		return fmt.Sprintf("%s · revision %d%s · committed in %.1f ms", what, o.Revision, o.epochText(), o.ElapsedMS)
	}
}
